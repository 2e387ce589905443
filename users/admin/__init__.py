"""Accounts and the mail queue as staff see them."""

from . import accounts, mail

__all__ = ["accounts", "mail"]
