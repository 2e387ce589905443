"""The demo shelf: original books, one folder each, and the builder that binds them."""
