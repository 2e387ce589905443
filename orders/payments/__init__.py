"""What Stripe has of a payment becomes what the order says and what its reader may open."""
