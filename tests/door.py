"""The door of the served site: shut between tests, so that no late request reaches the next test's database.

A page may send a request while it is being closed, such as one that saves the reader's place.
"""

import threading
from contextlib import contextmanager
from http import HTTPStatus

SECONDS = 60


class Door:
    """A WSGI application in front of the site's own; shut until it is opened."""

    def __init__(self, site):
        self._site = site
        self._inside = 0
        self._is_open = False
        self._changed = threading.Condition()

    def __call__(self, environ, start_response):
        """Let a request in, or answer 503 while the door is shut."""
        with self._changed:
            if not self._is_open:
                status = HTTPStatus.SERVICE_UNAVAILABLE
                start_response(f"{status} {status.phrase}", [("Content-Length", "0")])
                return []
            self._inside += 1
        try:
            return self._site(environ, start_response)
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def opened(self):
        """Let requests in during the block, then wait until the last of them has been answered."""
        with self._changed:
            self._is_open = True
        yield
        with self._changed:
            self._is_open = False
            assert self._changed.wait_for(lambda: not self._inside, SECONDS), "A request does not end."
