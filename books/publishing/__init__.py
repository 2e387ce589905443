"""How books get onto the shelf: uploads, the check before publishing, import, editions, covers, files."""
