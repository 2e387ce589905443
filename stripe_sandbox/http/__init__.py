"""HTTP as Stripe speaks it: the server, messages, keys, parameters, errors, pages, and faults on demand."""
