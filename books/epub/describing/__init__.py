"""The second step: what the book says about itself."""
