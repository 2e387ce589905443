"""What happens by itself, because its time has come: refunds settle, Checkout Sessions expire."""

import threading

from .checkout import payments as session_payments
from .resources import refunds
from .resources.account import Account, Call

TICK_SECONDS = 0.25


class Clock:
    """Looks a few times a second for what is due."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clock", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, between two looks."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(TICK_SECONDS):
            call = Call(self._account)
            with self._account.ledger.transaction():
                refunds.settle_due(call)
                session_payments.expire_due(call)
