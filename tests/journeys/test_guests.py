"""Buying without an account: on a phone, without scripts, in a session; and keeping it on another device."""

import re

import pytest
from django.core import mail
from playwright.sync_api import expect

from books.models import Mark, Position
from tests.journeys import till

pytestmark = pytest.mark.browser


def test_a_guest_buys_on_a_phone_reads_and_claims_on_another_device(
    phone_page, browser, site, sandbox, ferry
):
    phone_page.goto(f"/books/{ferry.pk}/")
    phone_page.get_by_role("link", name="Buy for $9.00").click()
    phone_page.get_by_label("Where shall we send your receipt?").fill("carol@example.com")
    till.pay(phone_page)
    till.expect_thanks(phone_page)
    expect(phone_page.get_by_role("main")).to_contain_text("on its way to carol@example.com")
    phone_page.get_by_role("link", name="Start reading").click()
    phone_page.goto(f"/books/{ferry.pk}/read/3/")
    expect(phone_page.get_by_role("article")).to_contain_text("It rained.")
    guest = Position.objects.filter(book=ferry).first()
    reader = ferry.order_lines.get().order.user
    if guest is None:
        Position.objects.create(user=reader, book=ferry, chapter=3, fraction=0.2, progress=0.7)
    Mark.objects.create(
        user=reader, book=ferry, chapter=3, fraction=0, colour="green", quotation="It rained."
    )

    link = re.search(r"http\S+/orders/claim/\S+", mail.outbox[0].body)[0]
    with browser.page(site, viewport={"width": 1280, "height": 800}) as laptop:
        laptop.goto(link)
        expect(laptop.get_by_role("main")).to_contain_text("The Ferry at Low Water")
        laptop.get_by_role("button", name="Open my account").click()
        laptop.wait_for_url("/library/")
        expect(laptop.get_by_role("main")).to_contain_text(
            "Your books are in your account carol@example.com."
        )
        laptop.goto(f"/books/{ferry.pk}/")
        expect(laptop.get_by_role("link", name="Continue at chapter 3")).to_be_visible()
        laptop.goto("/library/bookmarks/")
        expect(laptop.get_by_role("main")).to_contain_text("It rained.")

    phone_page.goto("/library/")
    expect(phone_page.get_by_role("status")).to_contain_text("Log in to read them.")
    assert till.amounts_charged(sandbox) == [900]


def test_a_guest_buys_without_javascript(plain_page, sandbox, ferry):
    plain_page.goto(f"/orders/?book={ferry.pk}")
    plain_page.get_by_label("Where shall we send your receipt?").fill("carol@example.com")

    plain_page.get_by_role("button", name="More ways to pay").click()
    till.pay_in(plain_page)

    till.expect_thanks(plain_page)
    plain_page.get_by_role("link", name="Start reading").click()
    expect(plain_page.get_by_text("Chapter 1 of 3")).to_be_visible()


def test_a_guest_buys_in_a_session_on_our_page(page, sandbox, ferry, settings):
    settings.STRIPE_CHECKOUT = "session"
    page.goto(f"/orders/?book={ferry.pk}")
    page.get_by_label("Where shall we send your receipt?").fill("carol@example.com")

    till.pay_in(till.open_checkout(page, "Buy for $9.00"))

    till.expect_thanks(page)
    assert till.amounts_charged(sandbox) == [900]
