import logging
import signal
import threading
import time

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections
from post_office.lockfile import FileLocked
from post_office.mail import send_queued_mail_until_done

from orders import reconciliation

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_ROUNDS = 1
SECONDS_BETWEEN_RECONCILIATIONS = 60


class Command(BaseCommand):
    help = "The one background process: sends queued mail, settles orders in doubt, gives up old ones."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="Do everything once and end.")

    def handle(self, *, once, **options):
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        reconciled_at = None
        while not stopped.is_set():
            due = reconciled_at is None or time.monotonic() - reconciled_at > SECONDS_BETWEEN_RECONCILIATIONS
            if due:
                reconciled_at = time.monotonic()
            self._work(reconcile=due)
            if once:
                break
            stopped.wait(SECONDS_BETWEEN_ROUNDS)

    def _work(self, *, reconcile):
        """Do one round; a database that is away for a while ends the round, not the worker."""
        try:
            close_old_connections()
            if reconcile:
                reconciliation.reconcile(older_than=reconciliation.LONGEST_CALL)
                reconciliation.expire_orders()
            send_queued_mail_until_done(log_level=1)
        except (DatabaseError, FileLocked):
            logger.exception("This round of the worker failed; the next one tries again.")
