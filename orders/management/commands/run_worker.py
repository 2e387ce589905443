import logging
import signal
import tempfile
import threading
import time
from pathlib import Path
from zlib import crc32

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import close_old_connections, connection

from books.models import moments
from orders import claiming, customers, preorders, reminders
from orders.checks import ways_to_pay
from orders.giving import gifts
from orders.payments import catch_up, sync
from users.mail import limits, queue
from users.newsletter import consents

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_ROUNDS = 1
SECONDS_BETWEEN_RECONCILIATIONS = 60


class Command(BaseCommand):
    help = (
        "The one background process: sends queued mail, settles orders in doubt, announces books, tidies up."
    )

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="Do everything once and exit.")

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
        """Do one round. A task that fails stops neither the worker nor the other tasks."""
        each_minute = [
            _reconcile,
            catch_up.expire_orders,
            gifts.send_due_letters,
            customers.tidy,
            ways_to_pay.refresh,
            preorders.announce,
            reminders.send_due,
            _tidy,
        ]
        for task in [*(each_minute if reconcile else ()), _send_mail]:
            try:
                close_old_connections()
                # Read before any transaction begins: what is read within one is not kept.
                settings.SHOP.current()
                task()
            except Exception:
                # Any exception: no other process sends the mail and settles the orders.
                logger.exception("A part of the worker's round failed; the next round tries again.")


def _reconcile():
    outcome = catch_up.reconcile(older_than=sync.LONGEST_CALL)
    if outcome.unreachable:
        logger.warning("Stripe could not be reached; the next round asks again.")


def _tidy():
    call_command("clearsessions")
    queue.tidy()
    limits.forget_old_places()
    consents.tidy()
    claiming.delete_guests_who_bought_nothing()
    moments.tidy()


def _send_mail():
    queue.send(lockfile=_lock_of_this_shop())


def _lock_of_this_shop():
    """Return the lock file that stops two workers of the same shop from sending the same mail."""
    database = [connection.settings_dict[name] for name in ("HOST", "PORT", "NAME")]
    return str(Path(tempfile.gettempdir(), f"bookstore-mail-{crc32(repr(database).encode())}"))
