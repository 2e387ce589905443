"""What `EMAIL_URL=consolemail://` does with letters: whole ones for developers, else envelopes."""

from email import policy

from django.core.mail.backends.console import EmailBackend

from bookstore_project.logs import printable

# The longest line that a letter may have (RFC 5322). Django's own 78 would break a link in two.
UNBROKEN = policy.default.clone(max_line_length=998, utf8=True)


class PrintingBackend(EmailBackend):
    """Prints whole letters, with links that can be clicked and letters that can be read."""

    def write_message(self, message):
        """Write one letter and a line below it."""
        letter = message.message(policy=UNBROKEN).as_bytes().decode()
        self.stream.write(f"{letter}\n{'-' * 79}\n")


class EnvelopeBackend(EmailBackend):
    """Prints to whom a letter goes and what it is about; its codes and links let whoever reads the log in."""

    def write_message(self, message):
        """Write one line."""
        to = ", ".join(message.recipients())
        self.stream.write(printable(f"Letter to {to}: {message.subject}") + "\n")
