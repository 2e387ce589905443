"""Paying in the browser: Checkout Sessions, Stripe's scripts and pages."""
