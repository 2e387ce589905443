"""Stripe's API: from a request to its endpoint and back."""
