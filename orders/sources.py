"""Where buyers come from, as the addresses of their visit say it; stored with the order if they buy.

Kept are the tags of the link that they followed and the host of the page it was on, never more of its
address. Nothing is kept in the browser for it: that would need the visitor's consent (Directive 2002/58/EC,
Article 5(3)), because no purchase depends on it. The tags stay in the addresses of a visit: the page that is
asked for says them, or else the one with the link to it, and the purchase page's form takes them to the
claim. A script carries them on where a visitor looks at more pages in between (static/js/source.js).
"""

from typing import NamedTuple, Self
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from django.http import HttpRequest

from orders.models.buying.sources import LONGEST

# The usual parameters of links, and one of ours for the host.
PREFIX = "utm_"
# Characters of what a form may say.
LONGEST_FIELD = 4_000
# Buyers come back from Stripe's own pages.
STRIPE = "stripe.com"


class Source(NamedTuple):
    """The tags of a link, by the names that everybody uses for them, and the host of its page."""

    source: str = ""
    medium: str = ""
    campaign: str = ""
    term: str = ""
    content: str = ""
    referrer: str = ""

    @classmethod
    def of(cls, values: dict[str, str]) -> Self:
        """Return the source with these values, cleaned: an address and a form may say anything."""
        return cls(**{name: _clean(values.get(PREFIX + name, "")) for name in cls._fields})

    @property
    def query(self) -> str:
        """What an address or a form says of it: "utm_source=newsletter"."""
        return urlencode({PREFIX + name: said for name, said in self._asdict().items() if said})

    def within(self, address: str) -> str:
        """Return an address of the shop's own with this source, in place of what it says of another."""
        path, _, query = address.partition("?")
        parameters = [(name, value) for name, value in _read(query) if not name.startswith(PREFIX)]
        both = "&".join(filter(None, [urlencode(parameters), self.query]))
        return f"{path}?{both}" if both else path


def source_of(request: HttpRequest) -> Source | None:
    """Return where this visitor came from, or None if that is not known or not to be kept."""
    if _asks_not_to_be_tracked(request):
        return None
    posted = request.POST.get("source", "")[:LONGEST_FIELD]
    source = Source.of(dict(_read(posted)) if posted else _said_by_addresses(request))
    return source if any(source) else None


def led_on(request: HttpRequest, address: str, **tags: str) -> str:
    """Return an address of the shop's own, to which a visitor is led, with where they came from.

    `tags` count where no address says anything.
    """
    if _asks_not_to_be_tracked(request):
        return address
    named = {PREFIX + name: value for name, value in tags.items()}
    source = Source.of(named | dict(_read((source_of(request) or Source()).query)))
    return source.within(address) if any(source) else address


def _said_by_addresses(request: HttpRequest) -> dict[str, str]:
    """Return the tags of the page that is asked for, else of the page with the link to it."""
    own = _tags(request.META.get("QUERY_STRING", ""))
    referring = _referring_page(request)
    if referring is None or f".{referring.hostname}".endswith(f".{STRIPE}"):
        return own
    if referring.hostname == urlsplit(f"//{request.get_host()}").hostname:
        return own or _tags(referring.query)
    return {f"{PREFIX}referrer": (referring.hostname or "").removeprefix("www.")} | own


def _referring_page(request: HttpRequest) -> SplitResult | None:
    try:
        address = urlsplit(request.headers.get("Referer", ""))
        known = address.scheme in {"http", "https"} and bool(address.hostname)
    except ValueError:
        return None
    return address if known else None


def _tags(query: str) -> dict[str, str]:
    return {name: said for name, said in _read(query) if name.startswith(PREFIX)}


def _read(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)


def _asks_not_to_be_tracked(request: HttpRequest) -> bool:
    """Tell what the browser asks by Global Privacy Control (https://w3c.github.io/gpc/) or Do Not Track."""
    return "1" in {request.headers.get("Sec-GPC"), request.headers.get("DNT")}


def _clean(text: str) -> str:
    """Return a text in lower case, without what cannot be seen, on one line, and not too long."""
    words = "".join(letter if letter.isprintable() else " " for letter in text).split()
    return " ".join(words).lower()[:LONGEST].strip()
