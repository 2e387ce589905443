"""What people and tests do with this sandbox: the dashboard, and ``/_sandbox/`` behind its buttons."""
