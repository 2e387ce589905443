"""How gunicorn serves the shop; `gunicorn bookstore_project.wsgi` reads this file automatically."""

import gc
from pathlib import Path

from gunicorn.glogging import Logger

from bookstore_project.logs import LineFormatter, printable, without_keys

MEMORY = "/dev/shm"  # noqa: S108 (Linux's file system in memory, not a guessable name)

# Loaded once, before the workers start: they share its memory, and a wrong setting is reported once.
preload_app = True
# WEB_CONCURRENCY sets the number of processes. A purchase occupies a thread while Stripe answers: forty may
# wait, and even a process that gets all forty has four left. Each thread keeps a database connection
# (docs/decisions/0007).
worker_class = "gthread"
threads = 44
# Longer than the slowest charge, so none is cut off half-way (TIMEOUT in orders/stripe_gateway/client/).
timeout = 90
# Only BEHIND_PROXY decides whether X-Forwarded-Proto is trusted.
forwarded_allow_ips = ""
# For a read-only file system: the workers' heartbeat files are in memory, and there is no control socket.
worker_tmp_dir = MEMORY if Path(MEMORY).is_dir() else None
control_socket_disable = True

accesslog = "-"
access_log_format = "%(t)s %(h)s %(m)s %(U)s %(s)s %(M)sms"


class SafeLines(Logger):
    """Keeps secrets out of gunicorn's logs, and anything that would look like another line."""

    def setup(self, cfg):
        """Format gunicorn's own messages, which name the address of a failed request, like the shop's."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(LineFormatter(self.error_fmt, self.datefmt))

    def atoms(self, *request):
        """Return what the access log may show about a request; the query string is left out."""
        return {name: without_keys(_readable(value)) for name, value in super().atoms(*request).items()}


def _readable(value):
    """Return a field as one line. gunicorn decodes the request as Latin-1; what visitors send is UTF-8."""
    text = str(value)
    if not text.isascii():
        text = text.encode("latin-1", "backslashreplace").decode(errors="backslashreplace")
    return printable(text)


logger_class = SafeLines


def when_ready(_server):
    """Keep what is loaded out of garbage collection: only to look at it, each worker would copy it."""
    gc.collect()
    gc.freeze()
