"""A local Stripe for development and tests: Stripe's API, its checkout.js, no real money."""
