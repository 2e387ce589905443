"""The browser that tests drive; `python -m tests.browser` installs it if it is missing."""

import shutil
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect, sync_playwright

from tests import debian

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# How long anything may take, even on a busy machine.
MILLISECONDS = 60_000
expect.set_options(timeout=MILLISECONDS)


class Browser:
    """A headless Chromium, one for the whole run; every page is a new visitor."""

    def __init__(self, chromium):
        self.chromium = chromium

    @classmethod
    @contextmanager
    def started(cls):
        """Yield the system's Chromium, which fetches nothing on its own."""
        arguments = ["--disable-background-networking", "--disable-component-update"]
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=find_chromium(), args=arguments)
            yield cls(chromium)
            chromium.close()

    @contextmanager
    def page(self, address, **options):
        """Yield a page of a new visitor; fail if anything in it went wrong unnoticed.

        That is an exception in a script or an error in the console, such as a breach of the content policy.
        A test that expects one checks `page.problems`, a list of sentences, and clears it.
        """
        context = self.chromium.new_context(base_url=address, reduced_motion="reduce", **options)
        context.set_default_timeout(MILLISECONDS)
        page = context.new_page()
        page.problems = []
        context.on("weberror", lambda failure: page.problems.append(str(failure.error)))
        context.on("console", lambda message: self._note(page, message))
        try:
            yield page
        finally:
            context.close()
        if page.problems:
            pytest.fail("In the page: " + "; ".join(page.problems))

    @staticmethod
    def _note(page, message):
        # Some tests ask for a page that answers 404 or 429; a picture that does is a fault.
        about_a_page = message.text.startswith("Failed to load resource") and message.location["url"] in {
            frame.url for frame in page.frames
        }
        if message.type == "error" and not about_a_page:
            page.problems.append(f"{message.text} ({message.location['url']})")


def find_chromium():
    """Return the path of the system's Chromium or Chrome, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def main():
    """Install Chromium if it is missing, or say how."""
    if not find_chromium():
        needed = "The tests need Chromium or Chrome on PATH, for instance from: apt-get install chromium"
        debian.install("chromium", needed)


if __name__ == "__main__":
    main()
