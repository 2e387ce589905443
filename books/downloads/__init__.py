"""Downloads: whole or in parts, with the reader's watermark or without."""
