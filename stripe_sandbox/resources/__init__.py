"""Stripe's objects and the endpoints that create, read and change them."""
