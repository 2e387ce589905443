"""Letters reach the queue as they were written, whatever is in them."""

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import override_settings
from post_office.models import Email

ODD = "A {{ book }} of {% tricks %}, {# and #} {{{ more }}} {"


@pytest.mark.django_db
@override_settings(MAILERS={"default": {"BACKEND": "bookstore_project.mail.QueueBackend"}})
def test_nothing_in_a_letter_is_taken_for_a_template():
    letter = EmailMultiAlternatives(ODD, f"{ODD}\n<&>", to=["ada@example.com"])
    letter.attach_alternative(f"<p>{ODD}</p>", "text/html")

    letter.send()

    [queued] = Email.objects.all()
    assert (queued.subject, queued.message, queued.html_message) == (ODD, f"{ODD}\n<&>", f"<p>{ODD}</p>")
    assert (letter.subject, letter.body) == (ODD, f"{ODD}\n<&>")
