"""Stripe's API: the way from a request to its endpoint, and back with an answer."""
