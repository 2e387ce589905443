"""The purchase page, the two ways to pay, a reader's own orders, and the endpoint for Stripe's events."""
