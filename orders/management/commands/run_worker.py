import logging
import signal
import tempfile
import threading
import time
from pathlib import Path
from zlib import crc32

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import Error as DatabaseFailure
from django.db import close_old_connections, connection
from post_office.mail import send_queued_mail_until_done

from orders import reconciliation

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_ROUNDS = 1
SECONDS_BETWEEN_RECONCILIATIONS = 60


class Command(BaseCommand):
    help = "The one background process: sends queued mail, settles orders in doubt, tidies up."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="Do everything once and end.")

    def handle(self, *, once, **options):
        stopped = threading.Event()
        if once:
            self._work(reconcile=True)
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        reconciled_at = None
        while not stopped.is_set():
            due = reconciled_at is None or time.monotonic() - reconciled_at > SECONDS_BETWEEN_RECONCILIATIONS
            if due:
                reconciled_at = time.monotonic()
            self._work(reconcile=due)
            stopped.wait(SECONDS_BETWEEN_ROUNDS)

    def _work(self, *, reconcile):
        """Do one round; a database that is away for a while ends the round, not the worker."""
        try:
            close_old_connections()
            if reconcile:
                reconciliation.reconcile(older_than=reconciliation.LONGEST_CALL)
                reconciliation.expire_orders()
                call_command("clearsessions")
            send_queued_mail_until_done(lockfile=_lock_of_this_shop(), log_level=1)
        except DatabaseFailure:
            logger.exception("This round of the worker failed; the next one tries again.")


def _lock_of_this_shop():
    """Return the file that keeps two workers of one shop, and only of one, from sending the same mail."""
    database = [connection.settings_dict[name] for name in ("HOST", "PORT", "NAME")]
    return str(Path(tempfile.gettempdir(), f"bookstore-mail-{crc32(repr(database).encode())}"))
