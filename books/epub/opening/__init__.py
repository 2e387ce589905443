"""The first step: from the ZIP file to the package document and the trees of its files."""
