"""The demo shop's settings and pages: a made-up bookshop on a quay."""

from django.db import transaction

from pages.models import Beginning, Page, ShopSettings
from pages.writing.beginning import GAP, text_of

SETTINGS = {
    "name": "Lantern Quay Books",
    "tagline": "Good books, straight from the people who make them",
    "home_text": "We are a small press with a lamp in the window. Every book here was written for this shop: "
    "read a sample, buy what you like, and keep it.",
    "contact": "hello@lantern-quay.example",
    "seller_name": "Lantern Quay Press",
    "postal_address": "3 Lantern Quay\nHarbour Town",
    "register_numbers": "A made-up shop: it has no VAT ID",
    "base_currency": "usd",
}
# What the pages say where a real shop has to fill in something.
GAPS = {
    "[your telephone number]": "nobody answers one in a demo",
    "[your responsible person's name and address]": "the staff of the demo shop, at the same address",
    "[your sentence about taxes, such as “VAT is included”]": "this demo charges no tax",
    "[your law's right of withdrawal for digital content]": (
        "This is a demo, so there is nothing to withdraw from."
    ),
    "[your refund rule: within how many days, and how to ask]": (
        "Write to us within 14 days and we refund you, without asking why."
    ),
    "[your country's law, and the courts or the dispute body that a buyer can turn to]": (
        "The law of the place where you try this out."
    ),
    "[your number of days]": "14",
    "[your link to Stripe's privacy notice]": "See [Stripe's privacy notice](https://stripe.com/privacy).",
    "[your host's name and country]": "your own computer",
    "[your mail service's name and country]": "the terminal in which the demo runs",
    "[your data protection authority]": "nobody, because this shop is made up",
}
PAGES = [Beginning.IMPRINT, Beginning.TERMS, Beginning.PRIVACY]


@transaction.atomic
def furnish():
    """Give the shop a name, a seller and legal pages; what it has already is left alone."""
    ShopSettings.objects.get_or_create(defaults=SETTINGS)
    for beginning in PAGES:
        if not Page.objects.filter(slug=beginning).exists():
            _write_page(beginning)


def _write_page(beginning):
    page = Page(title=beginning.label.partition(":")[0], slug=beginning, began_as=beginning)
    page.begin(_filled(text_of(beginning, ShopSettings(**SETTINGS))))
    page.publish(by=None)


def _filled(text):
    return GAP.sub(lambda gap: GAPS[gap[0]], text)
