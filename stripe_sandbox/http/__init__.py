"""HTTP as Stripe speaks it: requests, parameters, errors, pages, and the server itself."""
