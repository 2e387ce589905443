"""What a person or a test does to this sandbox: the dashboard and /_sandbox/."""
