"""The visitors, the book that is for sale, and how to log a visitor in."""

import pytest
from django.conf import settings
from django.test import Client

from books import access
from books.tests.builders import make_book
from users.tests.builders import make_reader

PARAGRAPH = (
    "It rained, and number {0} of the passengers went below. Nobody asked number {0} why, or where. " * 2
)


@pytest.fixture
def phone(browser, site):
    """A visitor's page on a common phone."""
    viewport = {"width": 375, "height": 740}
    with browser.page(site, viewport=viewport, has_touch=True, is_mobile=True) as page:
        yield page


@pytest.fixture
def ferry(site):
    """A book of three chapters, the first of them a sample."""
    return make_book("The Ferry at Low Water", chapters=3)


@pytest.fixture
def ada(site):
    """Ada, who has an account and owns nothing."""
    return make_reader("ada@example.com")


@pytest.fixture
def novel(site):
    """A book whose chapters are longer than any screen, with notes in the second."""
    book = make_book("The Long Ferry", chapters=4)
    lines = [PARAGRAPH.format(number) for number in range(1, 41)]
    for chapter in book.chapters.all():
        chapter.html = "".join(f"<p>{line}</p>" for line in lines)
        chapter.plain_text = "\n".join(lines)
        chapter.save()
    notes = book.chapters.get(number=2)
    notes.html += (
        '<p>A harbour<a class="noteref" role="doc-noteref" id="text-ref" href="#text-note">1</a> and a quay'
        '<a class="noteref" role="doc-noteref" href="../4/#text-far">2</a>.</p>'
        '<aside class="footnote" role="doc-footnote" id="text-note"><p>Of stone. '
        '<a role="doc-backlink" href="#text-ref">Back</a></p></aside>'
    )
    notes.save()
    far = book.chapters.get(number=4)
    far.html += '<ol><li id="text-far">Of wood.</li></ol>'
    far.save()
    return book


@pytest.fixture
def reader(ada):
    """Ada, to whom every book is open."""
    access.give_permission(ada, by=None)
    return ada


@pytest.fixture
def log_in(site):
    """Log a reader in by cookie, for journeys that are not about logging in."""

    def log_in(page, reader):
        client = Client()
        client.force_login(reader)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        # Only a secure address may set this cookie; Chromium sends it to localhost without TLS too.
        secure_site = site.replace("http://", "https://")
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": secure_site}
        page.context.add_cookies([cookie])

    return log_in
