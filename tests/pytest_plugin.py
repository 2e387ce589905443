"""What every test of the project stands on; loaded by pytest before Django reads its settings."""

import os

ENVIRONMENT = {
    "SECRET_KEY": "for-tests-only",
    "SITE_URL": "http://testserver",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "SECURE_SSL_REDIRECT": "False",
    "STRIPE_TEST_PUBLISHABLE_KEY": "pk_test_sandbox",
    "STRIPE_TEST_SECRET_KEY": "sk_test_sandbox",
    # Nothing listens there: a test that forgets its own stand-in cannot reach Stripe.
    "STRIPE_API_BASE": "http://127.0.0.1:9",
}
for name, value in ENVIRONMENT.items():
    os.environ.setdefault(name, value)
os.environ["DEBUG"] = "False"
os.environ["DJANGO_SETTINGS_MODULE"] = "bookstore_project.settings"


def pytest_configure(config):
    """Serve static files without a manifest: tests run from a bare checkout."""
    from django.conf import settings  # noqa: PLC0415 (only once the environment is set)

    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
