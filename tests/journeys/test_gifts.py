"""A gift, from the giver's phone to the other's library; and copies for a class."""

import re

import pytest
from django.core import mail
from django.test import Client
from playwright.sync_api import expect

from orders.giving import gifts
from orders.models import Gift, Order, Seat
from tests.journeys import till
from users.models import CustomUser

pytestmark = pytest.mark.browser


def choose(page, book):
    """Come from the book's page to the one that asks for whom it is; return its form for one person."""
    page.goto(f"/books/{book.pk}/")
    page.get_by_role("link", name="Give it to somebody").click()
    return page.get_by_role("form", name="A gift")


def test_a_guest_gives_a_book_on_a_phone_and_the_other_reads_it(phone_page, browser, site, sandbox, ferry):
    form = choose(phone_page, ferry)
    form.get_by_label("Who is it for?").fill("Tom")
    form.get_by_label("Your name, as they know you").fill("Carol")
    form.get_by_label("Message").fill("For the train.")
    form.get_by_label("Their e-mail address").fill("tom@example.com")
    form.get_by_role("button", name="Go on to payment").click()
    expect(phone_page.get_by_role("main")).to_contain_text("A gift for Tom")
    phone_page.get_by_label("Where shall we send your receipt?").fill("carol@example.com")
    till.pay(phone_page)
    till.expect_thanks(phone_page)
    expect(phone_page.get_by_role("main")).to_contain_text("We’ll send your gift to tom@example.com")

    Gift.objects.update(send_at="2026-01-01T00:00Z")
    gifts.send_due_letters()
    [letter] = [each for each in mail.outbox if each.to == ["tom@example.com"]]
    assert "For the train." in letter.body
    link = re.search(r"http\S+/gifts/\S+", letter.body)[0]
    with browser.page(site, viewport={"width": 375, "height": 740}) as tom:
        tom.goto(link)
        expect(tom.get_by_role("main")).to_contain_text("For Tom, from Carol")
        tom.get_by_role("button", name="Start reading").click()
        expect(tom.get_by_text("Chapter 1 of 3")).to_be_visible()
        tom.goto("/library/")
        expect(tom.get_by_role("main")).to_contain_text("The Ferry at Low Water")

    phone_page.reload()
    expect(phone_page.get_by_role("main")).to_contain_text("Tom has your gift since")
    phone_page.goto(f"/books/{ferry.pk}/read/3/")
    expect(phone_page.get_by_role("main")).to_contain_text("Buy the book to read chapter 3")
    assert till.amounts_charged(sandbox) == [900]


def test_a_class_of_25_takes_its_copies_without_javascript(plain_page, sandbox, ferry, ada, log_in):
    log_in(plain_page, ada)
    choose(plain_page, ferry)
    several = plain_page.get_by_role("form", name="Several copies")
    several.get_by_label("How many copies?").fill("25")
    several.get_by_role("button", name="Go on to payment").click()
    expect(plain_page.get_by_role("main")).to_contain_text("25 copies for others")
    plain_page.get_by_role("button", name="More ways to pay").click()
    till.pay_in(plain_page)
    till.expect_thanks(plain_page)
    plain_page.get_by_role("link", name="Pass the copies on").click()
    link = re.search(r"/gifts/g-\S+/", plain_page.get_by_role("main").inner_text())[0]

    for number in range(24):
        assert Client().post(link, {"name": f"Pupil {number + 1}"}).status_code == 302
    # The buyer takes the last one herself.
    plain_page.goto(link)
    plain_page.get_by_label("Your name").fill("Mrs Quill")
    plain_page.get_by_role("button", name="Add to my library").click()
    expect(plain_page.get_by_text("Chapter 1 of 3")).to_be_visible()

    order = Order.objects.get()
    plain_page.goto(f"/orders/{order.pk}/seats/")
    expect(plain_page.get_by_role("main")).to_contain_text("25 of 25 taken")
    expect(plain_page.get_by_role("main")).to_contain_text("Pupil 24")
    plain_page.get_by_role("button", name="Take back copy 7").click()
    expect(plain_page.get_by_role("main")).to_contain_text("24 of 25 taken")
    assert Client().get(link).status_code == 200
    assert Seat.objects.filter(redeemer=None).get().number == 7
    assert CustomUser.objects.filter(is_guest=True).count() == 24
    assert till.amounts_charged(sandbox) == [22500]
