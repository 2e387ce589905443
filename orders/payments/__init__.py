"""Payments, refunds and disputes at Stripe become the order's status and the reader's access."""
