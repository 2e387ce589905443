"""What `EMAIL_URL=consolemail://` does with letters where DEBUG is off."""

from django.core.mail.backends.console import EmailBackend

from bookstore_project.logs import printable


class EnvelopeBackend(EmailBackend):
    """Prints to whom a letter goes and what it is about; its codes and links let whoever reads the log in."""

    def write_message(self, message):
        """Write one line."""
        to = ", ".join(message.recipients())
        self.stream.write(printable(f"Letter to {to}: {message.subject}") + "\n")
