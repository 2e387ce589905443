"""Stripe's objects: a module for each kind, with its endpoints, and what the kinds have in common."""
