"""Logging in and staying logged in: what the shop adds to allauth and Django."""
