"""Ways to pay: which there are, which the account has switched on, and a buyer's own: PaymentMethods."""
