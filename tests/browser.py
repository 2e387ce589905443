"""The browser that tests drive; `python -m tests.browser` installs it if it is missing."""

import shutil
import subprocess
from contextlib import contextmanager, suppress

import pytest
from playwright.sync_api import expect, sync_playwright

from tests import debian

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Chromium without windows: the same engine shows the same pages with a quarter of the work.
SHELL = "chromium-headless-shell"
# Fetches nothing on its own.
ARGUMENTS = ["--disable-background-networking", "--disable-component-update"]
# How long anything may take, even on a busy machine.
MILLISECONDS = 60_000
expect.set_options(timeout=MILLISECONDS)


class Browser:
    """A headless Chromium, one for the whole run; every page is a new visitor."""

    def __init__(self, playwright, program):
        self._playwright = playwright
        self.chromium = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)

    @classmethod
    @contextmanager
    def started(cls):
        """Yield the system's Chromium, without windows if it has that."""
        with sync_playwright() as playwright:
            browser = cls(playwright, shutil.which(SHELL) or find_chromium())
            yield browser
            browser.chromium.close()

    @contextmanager
    def whole(self):
        """Yield the whole of the system's Chromium, for what the shell cannot do."""
        browser = Browser(self._playwright, find_chromium())
        yield browser
        browser.chromium.close()

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
    """Install Chromium if it is missing, or say how; its shell too, if the system has that."""
    if not find_chromium():
        needed = "The tests need Chromium or Chrome on PATH, for instance from: apt-get install chromium"
        debian.install("chromium", needed)
    if not shutil.which(SHELL):
        with suppress(SystemExit, subprocess.CalledProcessError):
            debian.install(SHELL, "It is quicker, but can be done without.")


if __name__ == "__main__":
    main()
