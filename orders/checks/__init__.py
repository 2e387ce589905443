"""Can this configuration take money? For `manage.py check --deploy` and `manage.py stripe_doctor`."""
