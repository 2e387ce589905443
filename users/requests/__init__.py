"""Checks for any request: how large its body may be, and where it may redirect to."""
