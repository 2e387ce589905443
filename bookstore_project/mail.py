"""The mail backend that queues what Django and allauth send."""

import re

from django.core.files.base import ContentFile
from django.core.mail.backends.base import BaseEmailBackend
from post_office import mail

# What begins something in Django's template language.
OPENING = re.compile(r"\{(?=[{%#])")


class QueueBackend(BaseEmailBackend):
    """Queues letters exactly as written.

    post_office takes every text for a template: {% in a title would raise, {{ would disappear.
    """

    def send_messages(self, email_messages):
        """Queue the letters, many as quickly as one; return how many.

        A letter may have `expires_at`, after which it is not sent, and `priority`, "low" or "high".
        """
        mail.send_many([_options(letter) for letter in email_messages if not letter.attachments])
        for letter in email_messages:
            if letter.attachments:  # send_many takes none
                files = {name: ContentFile(content) for name, content, _ in letter.attachments}
                mail.send(**_options(letter), attachments=files)
        return len(email_messages)


def _options(letter):
    replies = {"Reply-To": ", ".join(letter.reply_to)} if letter.reply_to else {}
    html = [content for content, mimetype in getattr(letter, "alternatives", []) if mimetype == "text/html"]
    return {
        "recipients": letter.to,
        "sender": letter.from_email,
        "cc": letter.cc,
        "bcc": letter.bcc,
        "subject": _literal(letter.subject),
        "message": _literal(letter.body),
        "html_message": _literal(html[-1]) if html else "",
        "headers": replies | letter.extra_headers,
        "expires_at": getattr(letter, "expires_at", None),
        "priority": getattr(letter, "priority", None),
    }


def _literal(text):
    return OPENING.sub("{% templatetag openbrace %}", str(text))
