"""The purchase page, the two ways to pay, a reader's own orders, and where Stripe reports events."""
