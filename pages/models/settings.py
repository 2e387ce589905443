"""The settings of the shop: one row, which every room reads as `settings.SHOP` (pages/shop.py)."""

from email.utils import parseaddr
from functools import cached_property
from hashlib import sha256
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from users.fields import NameField

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

    class Meta:
        verbose_name = verbose_name_plural = "shop settings"
        constraints = [models.CheckConstraint(condition=Q(key=ONLY), name="shop_settings_one_row")]

    def __str__(self):
        return f"Settings of {self.name}"

    @property
    def currency(self):
        """The currency in which the shop sets its prices, a lower-case ISO 4217 code."""
        return self.base_currency or "usd"

    @property
    def contact_address(self):
        """The e-mail address at which a person answers."""
        return self.contact or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]

    @property
    def seller(self):
        """Who sells: a person or company, not the name over the door."""
        return self.seller_name or self.name

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
