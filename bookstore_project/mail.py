"""The way into the mail queue."""

import re

from django.core.files.base import ContentFile
from django.core.mail.backends.base import BaseEmailBackend
from post_office import mail

# What begins something in Django's template language.
OPENING = re.compile(r"\{(?=[{%#])")


class QueueBackend(BaseEmailBackend):
    """Queues letters as they are: post_office takes each for a template, and a title with {% would raise."""

    def send_messages(self, email_messages):
        """Queue the letters; return how many.

        A letter with an attribute `expires_at` is not sent after that moment.
        """
        for letter in email_messages:
            _queue(letter)
        return len(email_messages)


def _queue(letter):
    replies = {"Reply-To": ", ".join(letter.reply_to)} if letter.reply_to else {}
    html = [content for content, mimetype in getattr(letter, "alternatives", []) if mimetype == "text/html"]
    mail.send(
        letter.to,
        letter.from_email,
        cc=letter.cc,
        bcc=letter.bcc,
        subject=_literal(letter.subject),
        message=_literal(letter.body),
        html_message=_literal(html[-1]) if html else "",
        headers=replies | letter.extra_headers,
        attachments={name: ContentFile(content) for name, content, _ in letter.attachments},
        expires_at=getattr(letter, "expires_at", None),
    )


def _literal(text):
    return OPENING.sub("{% templatetag openbrace %}", str(text))
