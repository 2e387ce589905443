"""What a new shop has to do before it can sell: five steps, each done as soon as it is true."""

from typing import NamedTuple

from django.conf import settings
from django.urls import reverse

from books.models import Book
from pages.models import Beginning, Page, ShopSettings

STRIPES_KEYS = "https://dashboard.stripe.com/apikeys"
LEGAL = {Beginning.IMPRINT, Beginning.TERMS, Beginning.PRIVACY}


class Step(NamedTuple):
    """One thing to do, where it is done, and whether it is."""

    title: str
    advice: str
    address: str
    link: str
    is_done: bool


def first_steps() -> list[Step]:
    """Return the five steps."""
    row = ShopSettings.objects.first() or ShopSettings()
    about_the_shop = reverse("admin:pages_shopsettings_changelist")
    return [
        Step(
            "Give the shop its name",
            "Visitors see it on every page, and in every letter.",
            about_the_shop,
            "Shop settings",
            row.name != ShopSettings().name,
        ),
        Step(
            "Choose the currency",
            "You can change it until your first order.",
            about_the_shop,
            "Shop settings",
            bool(row.base_currency),
        ),
        Step(
            "Add your first book",
            "Upload an EPUB: we check it and show you what is in it before you publish it. Under “Bundles” "
            "you say what All Books costs, which has every book of the shop.",
            reverse("admin:books_intake_list"),
            "Add EPUB files",
            Book.objects.exists(),
        ),
        Step(
            "Connect Stripe",
            "Put your account’s keys and the webhook’s secret into the environment (docs/going-live.md says "
            "how). “manage.py stripe_doctor” tells you whether they work.",
            STRIPES_KEYS,
            "Your keys at Stripe",
            bool(
                settings.STRIPE_SECRET_KEY
                and settings.STRIPE_PUBLISHABLE_KEY
                and settings.STRIPE_WEBHOOK_SECRETS
            ),
        ),
        Step(
            "Publish your legal pages",
            "An imprint, terms of sale and a privacy notice. We have texts to begin with.",
            reverse("admin:pages_page_changelist"),
            "Pages",
            set(Page.objects.published().values_list("began_as", flat=True)) >= LEGAL,
        ),
    ]


def dismiss_first_steps() -> None:
    """Show the steps on the admin's first page no more."""
    ShopSettings.objects.update_or_create(defaults={"first_steps_dismissed": True})


def wants_first_steps() -> bool:
    """Tell whether the admin's first page should show the steps: until all are done or dismissed."""
    if ShopSettings.objects.filter(first_steps_dismissed=True).exists():
        return False
    return not all(step.is_done for step in first_steps())
