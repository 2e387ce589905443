"""`EMAIL_URL=consolemail://` prints letters: whole ones for developers, else their envelopes."""

from email import policy

from django.core.mail.backends.console import EmailBackend

from bookstore_project.logs import printable

# The longest line that RFC 5322 allows. Django's own 78 would break links in two.
UNBROKEN = policy.default.clone(max_line_length=998, utf8=True)


class PrintingBackend(EmailBackend):
    """Prints whole letters, with links that can be clicked and umlauts that can be read."""

    def write_message(self, message):
        """Write one letter and a line below it."""
        letter = message.message(policy=UNBROKEN).as_bytes().decode()
        self.stream.write(f"{letter}\n{'-' * 79}\n")


class EnvelopeBackend(EmailBackend):
    """Prints recipient and subject only: with a letter's code or link, a reader of the log could log in."""

    def write_message(self, message):
        """Write one line."""
        to = ", ".join(message.recipients())
        self.stream.write(printable(f"E-mail to {to}: {message.subject}") + "\n")
