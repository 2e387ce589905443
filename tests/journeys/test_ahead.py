"""What is ahead: a book bought before it opens, and one for the newsletter, which one click ends."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import expect

from books.models import Book
from books.tests.builders import make_staff
from orders import preorders
from orders.models import Magnet
from tests.journeys import till
from users.models import NewsletterConsent

pytestmark = pytest.mark.browser

PHONE = {"width": 375, "height": 740}
SENTENCE = "Write to me once a month about new books. I can end that at any time."


def test_a_guest_pre_orders_on_a_phone_and_reads_from_the_moment_on(page, sandbox, ferry):
    opens_at = timezone.now() + timedelta(days=100)
    Book.objects.filter(pk=ferry.pk).update(opens_at=opens_at, epub="epubs/ferry.epub")
    page.set_viewport_size(PHONE)
    page.goto(f"/books/{ferry.pk}/")
    expect(page.locator(".preorder")).to_have_text(
        f"Pre-order: opens on {opens_at:%B} {opens_at.day}, {opens_at:%Y}"
    )
    page.locator(".ways-in").get_by_role("link", name="Pre-order for $9.00").click()
    page.get_by_label("Where shall we send your receipt?").fill("carol@example.com")
    till.pay(page)
    till.expect_thanks(page)
    expect(page.get_by_role("main")).to_contain_text("It’s yours as soon as it opens.")
    expect(page.get_by_text("Cancel The Ferry at Low Water")).to_be_visible()
    page.goto(f"/books/{ferry.pk}/read/2/")
    expect(page.get_by_role("main")).to_contain_text("It’s yours, and we’ll write to you when it opens.")

    Book.objects.filter(pk=ferry.pk).update(opens_at=timezone.now())
    preorders.announce()

    page.goto(f"/books/{ferry.pk}/read/2/")
    expect(page.get_by_role("article")).to_contain_text("It rained.")
    assert "is open: start reading" in mail.outbox[-1].subject
    assert till.amounts_charged(sandbox) == [900]


def test_a_guest_takes_the_money_for_a_pre_order_back_without_javascript(plain_page, sandbox, ferry):
    Book.objects.filter(pk=ferry.pk).update(opens_at=timezone.now() + timedelta(days=1), epub="e.epub")
    plain_page.goto(f"/orders/?book={ferry.pk}")
    plain_page.get_by_label("Where shall we send your receipt?").fill("carol@example.com")
    plain_page.get_by_role("button", name="More ways to pay").click()
    till.pay_in(plain_page)
    till.expect_thanks(plain_page)

    plain_page.get_by_text("Cancel The Ferry at Low Water").click()
    plain_page.get_by_role("button", name="Refund $9.00").click()

    expect(plain_page.get_by_role("main")).to_contain_text("$9.00 is on its way back to you.")
    assert [charge["amount_refunded"] for charge in sandbox.charges] == [900]


def test_a_free_book_for_a_newsletter_consent_that_is_proved_and_ended_with_one_click(
    page, browser, site, ferry, log_in
):
    Magnet.objects.create(slug="ferry", book=ferry, sentence=SENTENCE)
    page.set_viewport_size(PHONE)
    page.goto("/newsletter/ferry/")
    expect(page.get_by_label(SENTENCE)).not_to_be_checked()
    page.get_by_label("E-mail address").fill("carol@example.com")
    page.get_by_label(SENTENCE).check()
    page.get_by_role("button", name="Send me the link").click()
    expect(page.get_by_role("status")).to_contain_text("A letter is on its way to carol@example.com.")
    assert not NewsletterConsent.objects.get().is_live

    page.goto(re.search(r"http\S+/newsletter/confirm/\S+", mail.outbox[-1].body)[0])
    page.get_by_role("button", name="Confirm and get The Ferry at Low Water").click()
    till.expect_thanks(page)
    page.get_by_role("link", name="Start reading").click()
    expect(page.get_by_text("Chapter 1 of 3")).to_be_visible()

    with browser.page(site, viewport={"width": 1280, "height": 800}) as desk:
        log_in(desk, make_staff())
        desk.goto("/admin/users/newsletterconsent/")
        desk.get_by_role("link", name="carol@example.com").click()
        expect(desk.get_by_role("main")).to_contain_text(SENTENCE)
        desk.goto("/admin/users/newsletterconsent/")
        with desk.expect_download() as download:
            desk.get_by_role("link", name="Export for the newsletter").click()
        exported = download.value.path().read_text()
    assert "carol@example.com" in exported

    page.goto(re.search(r"http[^\s,]+/newsletter/end/[^\s,]+", exported)[0])
    page.get_by_role("button", name="End the newsletter").click()
    expect(page.get_by_role("status")).to_contain_text("We won’t send it to carol@example.com any more.")
    assert not NewsletterConsent.objects.get().is_live
