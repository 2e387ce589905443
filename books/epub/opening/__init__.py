"""The first step: the ZIP file → the package document and the trees of its files."""
