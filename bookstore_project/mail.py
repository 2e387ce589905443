"""The way into the mail queue."""

import re
from copy import copy

from post_office import EmailBackend

# What begins something in Django's template language.
OPENING = re.compile(r"\{(?=[{%#])")


class QueueBackend(EmailBackend):
    """Queues letters as they are: post_office takes each for a template, and a title with {% would raise."""

    def send_messages(self, email_messages):
        """Queue the letters; return how many."""
        return super().send_messages([_as_it_is(letter) for letter in email_messages])


def _as_it_is(letter):
    """Return a copy of the letter that, rendered as a template, is the letter again."""
    literal = copy(letter)
    literal.subject, literal.body = _literal(letter.subject), _literal(letter.body)
    if getattr(letter, "alternatives", None):
        literal.alternatives = [
            (_literal(content), mimetype) for content, mimetype in map(tuple, letter.alternatives)
        ]
    return literal


def _literal(text):
    return OPENING.sub("{% templatetag openbrace %}", str(text))
