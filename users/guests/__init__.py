"""Readers who bought without an account: each is bound to the browser in which they bought."""
