"""Paying in the browser: Checkout Sessions, Stripe's two scripts, and the pages where a buyer pays."""
