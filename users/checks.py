"""What `manage.py check --deploy` says about mail."""

from django.conf import settings
from django.core.checks import Warning as CheckWarning
from django.core.checks import register

ENVELOPES = "bookstore_project.console_mail.EnvelopeBackend"


@register(deploy=True)
def letters_are_sent(app_configs, **kwargs):
    """Warn that nobody can sign up or reset a password, because codes and links are not sent."""
    if settings.MAILERS["transport"]["BACKEND"] != ENVELOPES:
        return []
    return [
        CheckWarning(
            "E-mails are not sent: only their addresses and subjects are printed.",
            hint="Set EMAIL_URL to your mail server, such as smtp+tls://user:password@host:587.",
            id="users.W001",
        )
    ]
