"""The settings of the shop: one row, which every room reads as `settings.SHOP` (pages/shop.py)."""

from email.utils import parseaddr
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from orders.models import Order
from users.fields import NameField

# In pixels: how tall the header shows the logo, which is stored at twice the size.
LOGO_HEIGHT = 40
# What the home page can show below its title, in the order in which it does so until staff choose another.
HOME_SECTIONS = {
    "text": "Your own text",
    "continue": "Continue reading, for readers who have begun a book",
    "how": "How it works",
    "newest": "New on the shelf",
}
# The only key that a row may have.
ONLY = 1


def default_home_sections():
    return list(HOME_SECTIONS)


def validate_time_zone(name):
    if name not in available_timezones():
        raise ValidationError("This is not the name of a time zone, such as Europe/Berlin.")


@lru_cache(8)
def _address_in(sender):
    """Return the address alone of "Name <address>"."""
    return parseaddr(sender)[1]


class Logo(NamedTuple):
    """The logo as the header shows it; the sizes are in pixels of the page."""

    url: str
    width: int
    height: int


class Footer(NamedTuple):
    """What the foot of every page says about the shop, in plain values (books/rendering/pieces.py)."""

    name: str
    tagline: str
    contact_address: str
    refund_days: int
    social_links: tuple[tuple[str, str], ...]
    seller_name: str
    postal_address: str
    register_numbers: str
    pages: tuple[tuple[str, str], ...]


class ShopSettings(models.Model):
    """What staff say about the shop. Without a row, the shop is what an empty `ShopSettings()` says."""

    key = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    name = NameField(max_length=60, default="Bookstore")
    tagline = NameField(max_length=120, blank=True)
    # Markdown
    home_text = models.TextField(blank=True)
    about_text = models.TextField(blank=True)
    home_sections = models.JSONField(default=default_home_sections)
    logo = models.ImageField(upload_to="shop/", blank=True, max_length=200)
    logo_width = models.PositiveIntegerField(default=0, editable=False)
    logo_height = models.PositiveIntegerField(default=0, editable=False)
    # Square, made from the logo.
    icon = models.CharField(max_length=200, blank=True, editable=False)
    # Like #9c3418; empty: the colours of static/css/base.css.
    accent = models.CharField(max_length=7, blank=True)
    # Empty: the address from which the shop sends mail.
    contact = models.EmailField(blank=True)
    seller_name = NameField(max_length=200, blank=True)
    postal_address = models.TextField(blank=True)
    # One a line, as they are shown: "VAT ID: DE123456789".
    register_numbers = models.TextField(blank=True)
    # Addresses, one a line.
    social_addresses = models.TextField(blank=True)
    # A lower-case ISO 4217 code; empty until staff have chosen one.
    base_currency = models.CharField(max_length=3, blank=True)
    # How money, dates and numbers are written.
    locale = models.CharField(max_length=20, default="en_US")
    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    # Within how many days of paying buyers get their money back without a reason; 0: not at all.
    refund_days = models.PositiveSmallIntegerField(default=14, validators=[MaxValueValidator(365)])
    first_steps_dismissed = models.BooleanField(default=False, editable=False)

    # The published pages and the price lists, which whoever reads the row brings along (pages/shop.py).
    published_pages = ()
    price_lists = ()

    class Meta:
        verbose_name = verbose_name_plural = "shop settings"
        constraints = [models.CheckConstraint(condition=Q(key=ONLY), name="shop_settings_one_row")]

    def __str__(self):
        return f"Settings of {self.name}"

    def clean(self):
        """Refuse another currency once there are orders: their money is counted in the old one."""
        stored = ShopSettings.objects.first() or ShopSettings()
        if self.currency != stored.currency and self.currency_is_fixed():
            code = stored.currency.upper()
            raise ValidationError(
                {"base_currency": f"The currency stays {code}, because you have orders in it."}
            )

    @staticmethod
    def currency_is_fixed():
        """Tell whether the currency can no longer be changed, because there are orders in it."""
        return Order.objects.exists()

    @property
    def currency(self):
        """The currency in which the shop sets its prices, a lower-case ISO 4217 code."""
        return self.base_currency or "usd"

    @property
    def contact_address(self):
        """The e-mail address at which a person answers."""
        return self.contact or _address_in(settings.DEFAULT_FROM_EMAIL)

    @property
    def seller(self):
        """Who sells: a person or company, not the name over the door."""
        return self.seller_name or self.name

    @property
    def logo_shown(self):
        """The logo as the header shows it; None if there is none."""
        if not self.logo:
            return None
        scale = LOGO_HEIGHT / max(self.logo_height, LOGO_HEIGHT)
        return Logo(self.logo.url, round(self.logo_width * scale), round(self.logo_height * scale))

    @property
    def icon_url(self):
        """The address of the icon that is made from the logo, empty if there is none."""
        return default_storage.url(self.icon) if self.icon else ""

    @property
    def accent_digits(self):
        """The accent as the address of its style sheet names it; empty if none was chosen."""
        return self.accent.removeprefix("#")

    @cached_property
    def in_the_footer(self):
        """What the foot of every page says."""
        return Footer(*(getattr(self, name) for name in Footer._fields))

    @property
    def pages(self):
        """The pages that the footer lists, each with its address."""
        listed = [page for page in self.published_pages if page.footer_place is not None]
        listed.sort(key=lambda page: page.footer_place)
        return tuple((page.title, page.get_absolute_url()) for page in listed)

    @property
    def agreements(self):
        """What buyers agree to by paying now."""
        return tuple(page.agreement for page in self.published_pages if page.is_agreed_to)

    @property
    def zone(self):
        """The time zone in which dates and times are shown."""
        return ZoneInfo(self.time_zone)

    @property
    def social_links(self):
        """The shop's pages elsewhere as pairs of a name, the address's host, and the address."""
        addresses = self.social_addresses.split()
        return tuple((urlsplit(address).hostname.removeprefix("www."), address) for address in addresses)

    @cached_property
    def fingerprint(self):
        """A short text that is another one as soon as anything in the settings is."""
        values = [getattr(self, field.attname) for field in self._meta.concrete_fields]
        return sha256(repr([str(value) for value in values]).encode()).hexdigest()[:16]
