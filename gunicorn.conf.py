"""How gunicorn serves the shop; it reads this file by itself: `gunicorn bookstore_project.wsgi`."""

from pathlib import Path

from gunicorn.glogging import Logger

from bookstore_project.logs import LineFormatter, printable, without_keys

MEMORY = "/dev/shm"  # noqa: S108 (Linux's file system in memory, not a guessable name)

# Loaded once, before there are workers: they share its memory, and a wrong setting is told of once.
preload_app = True
# WEB_CONCURRENCY sets the processes. A purchase holds a thread while Stripe thinks: forty may wait, and if
# one process got them all, it has four left. Each keeps a database connection (docs/decisions/0007).
worker_class = "gthread"
threads = 44
# Longer than the slowest charge (TIMEOUT in orders/stripe_gateway/client.py): none is cut off in the middle.
timeout = 90
# Whether X-Forwarded-Proto is believed is decided by BEHIND_PROXY alone.
forwarded_allow_ips = ""
# Works on a read-only file system: the workers' heartbeat lives in memory, and there is no control socket.
worker_tmp_dir = MEMORY if Path(MEMORY).is_dir() else None
control_socket_disable = True

accesslog = "-"
access_log_format = "%(t)s %(h)s %(m)s %(U)s %(s)s %(M)sms"


class SafeLines(Logger):
    """Keeps out of gunicorn's logs what would let a reader in, and what would look like another line."""

    def setup(self, cfg):
        """Have its own messages, which name the address of a request that failed, written as the shop's."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(LineFormatter(self.error_fmt, self.datefmt))

    def atoms(self, *request):
        """Return what the access log may show of a request; the query string is not part of it."""
        return {name: without_keys(_readable(value)) for name, value in super().atoms(*request).items()}


def _readable(value):
    """Return a field in one line; what gunicorn took out of the request byte by byte is UTF-8."""
    text = str(value)
    if not text.isascii():
        text = text.encode("latin-1", "backslashreplace").decode(errors="backslashreplace")
    return printable(text)


logger_class = SafeLines
