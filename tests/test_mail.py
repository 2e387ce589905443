"""Mail reaches the queue exactly as it was written."""

import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.test import override_settings
from django.utils.module_loading import import_string
from post_office.models import Email

from bookstore_project import connections
from bookstore_project.console_mail import EnvelopeBackend

ODD = "A {{ book }} of {% tricks %}, {# and #} {{{ more }}} {"


@pytest.mark.django_db
@override_settings(MAILERS={"default": {"BACKEND": "bookstore_project.mail.QueueBackend"}})
def test_nothing_in_a_letter_is_treated_as_a_template():
    letter = EmailMultiAlternatives(ODD, f"{ODD}\n<&>", to=["ada@example.com"])
    letter.attach_alternative(f"<p>{ODD}</p>", "text/html")

    letter.send()

    [queued] = Email.objects.all()
    assert (queued.subject, queued.message, queued.html_message) == (ODD, f"{ODD}\n<&>", f"<p>{ODD}</p>")
    assert (letter.subject, letter.body) == (ODD, f"{ODD}\n<&>")


@pytest.mark.parametrize("text", ["A link", "Ein Verweis für Bücher", "本"])
def test_a_printed_link_is_one_line_and_the_letter_can_be_read(monkeypatch, capsys, text):
    link = f"https://books.example/accounts/password/reset/key/1-{'a' * 200}=b/"
    monkeypatch.setenv("EMAIL_URL", "consolemail://")
    printer = import_string(connections.mailer("EMAIL_URL", default="", debug=True)["BACKEND"])

    printer().send_messages([EmailMessage(text, f"{text}:\n{link}\n{text}", to=["ada@example.com"])])

    lines = capsys.readouterr().out.splitlines()
    assert link in lines
    assert f"{text}:" in lines
    assert f"Subject: {text}" in lines


@pytest.mark.parametrize(("debug", "shows"), [(True, True), (False, False)])
def test_printed_letters_show_their_codes_and_links_only_in_development(monkeypatch, capsys, debug, shows):
    monkeypatch.setenv("EMAIL_URL", "consolemail://")
    backend = import_string(connections.mailer("EMAIL_URL", default="", debug=debug)["BACKEND"])

    backend().send_messages([EmailMessage("Your code", "ABCD-EFGH", to=["ada@example.com"])])

    printed = capsys.readouterr().out
    assert "ada@example.com" in printed
    assert "Your code" in printed
    assert ("ABCD-EFGH" in printed) is shows


def test_a_printed_letter_is_one_line(capsys):
    EnvelopeBackend().send_messages(
        [EmailMessage("A\nB", "ABCD-EFGH", to=["ada@example.com"], bcc=["b@example.com"])]
    )

    assert capsys.readouterr().out == "E-mail to ada@example.com, b@example.com: A\\nB\n"
