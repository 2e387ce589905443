"""What every page needs: the shop's settings, its own address, whether payments are real, the theme."""

from functools import cached_property

from django.conf import settings
from django.utils.encoding import escape_uri_path
from django.utils.functional import SimpleLazyObject

from books.reading import preferences
from books.reading.wishes import WISHES
from books.rendering import choice_of
from orders.cart.contents import COUNT


class KeptInSession:
    """What a visitor's session keeps for every page; it is asked when a template shows it.

    A template that looks for what a session lacks has Python list all names of the session, each time.
    """

    def __init__(self, request):
        self._request = request

    @cached_property
    def cart_count(self):
        """How many things are in the cart."""
        return self._session.get(COUNT, 0)

    @cached_property
    def wishes(self):
        """The references of the products on the wish list."""
        return self._session.get(WISHES, ())

    @property
    def _session(self):
        # What is rendered for all visitors has none.
        return getattr(self._request, "session", {})


def shop(request):
    """Return the shop's settings, the page's address, whether payments are a test, the choice of a currency,
    the visitor's preferences, and what is kept in their session.
    """
    currencies, currency = choice_of(request)
    return {
        "shop": settings.SHOP.current(),
        "shop_name": settings.SHOP.name,
        "shop_email": settings.SHOP.contact_address,
        "canonical_url": f"{settings.SITE_URL}{escape_uri_path(request.path)}",
        "payments_are_a_test": not settings.STRIPE_LIVE_MODE,
        "currencies": currencies or None,
        "currency": currency,
        "preferences": SimpleLazyObject(lambda: preferences.from_cookies(request)),
        "kept": KeptInSession(request),
    }
