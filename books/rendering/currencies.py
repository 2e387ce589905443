"""The currency in which a visitor sees prices: their choice, else that of their country, else the shop's.

A choice is kept in a cookie, so that it takes no session. Where somebody is, a proxy may say in a header.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings

from books.models import BegunSales, PriceList, Prices, begun_sales, offered_lists
from books.models.prices import NO_SALES
from books.models.revision import knows_a_moment
from books.money import CURRENCIES, base_currency

COOKIE = "currency"
COOKIE_AGE = 365 * 24 * 60 * 60
# CF-IPCountry, set by Cloudflare, and X-Country, by other proxies that know countries. Only a proxy's word
# counts, see BEHIND_PROXY.
COUNTRY_HEADERS = ("HTTP_CF_IPCOUNTRY", "HTTP_X_COUNTRY")


class Offered(NamedTuple):
    """The price lists beside the base currency, and the sales, which are asked for with the first price
    unless they are known. Several threads have them at once, so nothing may change.
    """

    lists: Sequence[PriceList]
    sales: BegunSales | None = None

    @property
    def currencies(self):
        """The currencies to choose from, the shop's own first; none if there is no choice."""
        return (base_currency(), *(each.currency for each in self.lists)) if self.lists else ()

    @property
    def depends_on_country(self):
        """Whether visitors from different countries see different prices."""
        return settings.BEHIND_PROXY and any(each.countries for each in self.lists)

    def list_for(self, request, asked=""):
        """Return the price list for a request, or None for the base currency.

        A currency that is asked for counts before the visitor's own, if the shop sells in it.
        """
        if not self.lists:
            return None
        by_currency = {each.currency: each for each in self.lists}
        for chosen in (asked, request.COOKIES.get(COOKIE)):
            if chosen in {base_currency(), *by_currency}:
                return by_currency.get(chosen)
        country = country_of(request)
        return next((each for each in self.lists if country in each.countries), None)

    def prices_for(self, request):
        """Return the prices for a request."""
        return Prices(self.list_for(request), self.sales)


def offered_at(revision):
    """Return what is offered at this revision of the catalogue, known until another one is asked about."""
    return _offered_at(revision) if revision else Offered(offered_lists())


# Beside the newest, the one before it: a page may still be rendered for it.
@lru_cache(2)
def _offered_at(revision):
    # A sale's beginning and end are moments, so these sales are those of the whole revision.
    return Offered(offered_lists(), begun_sales() if knows_a_moment(revision) else NO_SALES)


def country_of(request):
    """Return the country from which a request comes, as an ISO 3166 code; empty if no proxy says it."""
    if not settings.BEHIND_PROXY:
        return ""
    return next(filter(None, (request.META.get(name, "") for name in COUNTRY_HEADERS)), "").upper()


def prices_of(request):
    """Return the prices for a request.

    They are looked up once, and never for a visitor who has chosen nothing and whose country is not known.
    """
    if not hasattr(request, "prices"):
        is_usual = COOKIE not in request.COOKIES and not country_of(request)
        request.prices = Prices() if is_usual else Offered(offered_lists()).prices_for(request)
    return request.prices


def offer_choice(request):
    """Let the page of a request offer the currencies of this very moment, and show prices in one of them."""
    offered = Offered(offered_lists())
    request.currencies = offered.currencies
    request.prices = offered.prices_for(request)


def prices_asked_for(request, currency):
    """Return the prices in a currency that an address asks for, else as for any request; and whether all who
    ask by this address get the same.
    """
    offered = Offered(offered_lists())
    is_sold_in = currency in {base_currency(), *offered.currencies}
    prices = Prices(offered.list_for(request, currency), sales=offered.sales)
    return prices, is_sold_in or not offered.depends_on_country


def remember(response, request, currency, *, seconds=None):
    """Keep the currency in the visitor's browser, until it is closed if `seconds` are not given."""
    response.set_cookie(
        COOKIE, currency, max_age=seconds, secure=request.is_secure(), httponly=True, samesite="Lax"
    )


def choice_of(request):
    """Return the currencies to choose from, none if there is no choice, and the one that the page shows.

    Takes no query: a page that has not asked for them itself has those kept with the shop's settings.
    """
    offered = Offered(settings.SHOP.price_lists)
    shown = request.prices if hasattr(request, "prices") else Prices(offered.list_for(request))
    return getattr(request, "currencies", offered.currencies), shown.currency


def chosen_currency(request):
    """Return the currency that the visitor has chosen, offered now or not; empty if they have not."""
    chosen = request.COOKIES.get(COOKIE, "")
    return chosen if chosen in CURRENCIES else ""


def currency_of(request):
    """Return the currency in which a request's visitor sees prices, and buys."""
    return prices_of(request).currency
