"""Accounts and the mail queue as staff see them."""

from . import accounts, mail, newsletter

__all__ = ["accounts", "mail", "newsletter"]
