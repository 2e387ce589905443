"""The connection to Stripe, and what its errors mean to the shop."""

from .answering import GENERIC_DECLINE, answers, shown_decline
from .clients import API_VERSION, client

__all__ = ["API_VERSION", "GENERIC_DECLINE", "answers", "client", "shown_decline"]
