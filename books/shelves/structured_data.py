"""What the page of a book or bundle tells search engines: data by https://schema.org, as JSON."""

import json
from typing import Any

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime

from books.models import Book, Bundle, Price, Prices
from books.models.catalogue.contributors import Credit
from books.models.other_editions import OtherEdition
from books.money import in_units

# As many letters of a date as are known, by how exactly that is.
_LETTERS_OF_DATE = {"day": 10, "month": 7, "year": 4}
# As these, nothing in a text can end the script that it is in.
_IN_A_SCRIPT = str.maketrans({"<": "\\u003C", ">": "\\u003E", "&": "\\u0026"})


def data_of_book(
    book: Book, credits: list[Credit], other_editions: list[OtherEdition], prices: Prices
) -> SafeString:
    """Return the data of a book from title_page.book_at(), for a <script>; it costs what `prices` say."""
    data = _thing("Book", book) | {
        "author": [_person(authorship.author.name) for authorship in book.authorships.all()],
        **{each.schema_name: [*map(_person, each.names)] for each in credits if each.schema_name},
        "inLanguage": book.language,
        "description": book.description,
        "datePublished": book.published and book.published.isoformat()[: _LETTERS_OF_DATE[book.published_to]],
        "isbn": book.isbn,
        "aggregateRating": book.review_count
        and {
            "@type": "AggregateRating",
            "ratingValue": f"{book.rating:.1f}",
            "reviewCount": book.review_count,
        },
        "offers": _offer_of_book(book, prices),
        "workExample": [*map(_example, other_editions)],
        **_accessibility(book.accessibility),
        "bookFormat": "https://schema.org/EBook",
    }
    return _in_a_script(data)


def data_of_bundle(bundle: Bundle, price: Price | None) -> SafeString:
    """Return the data of a bundle, for a <script>."""
    data = _thing("Product", bundle) | {
        "description": bundle.description,
        "offers": price and _offer(bundle, price, price) | {"availability": "https://schema.org/InStock"},
        "category": "E-books",
    }
    return _in_a_script(data)


def _thing(kind: str, product: Book | Bundle) -> dict[str, Any]:
    return {
        "@context": "https://schema.org",
        "@type": kind,
        "url": f"{settings.SITE_URL}{product.get_absolute_url()}",
        "name": product.title,
    }


def _person(name: str) -> dict[str, str]:
    return {"@type": "Person", "name": name}


def _offer_of_book(book: Book, prices: Prices) -> dict[str, str] | None:
    price = prices.price_of(book)
    if price is None:
        return None
    offer = _offer(book, price, prices.minimum_of(book) or price)
    if not book.preorder:
        return offer | {"availability": "https://schema.org/InStock"}
    opens = localtime(book.opens_at).isoformat()
    return offer | {"availability": "https://schema.org/PreOrder", "availabilityStarts": opens}


def _offer(product: Book | Bundle, price: Price, least: Price) -> dict[str, str]:
    offer = {
        "@type": "Offer",
        "name": product.title,
        "price": str(in_units(least.amount, least.currency)),
        "priceCurrency": price.currency.upper(),
    }
    return offer | ({"priceValidUntil": localtime(price.ends).isoformat()} if price.ends else {})


def _example(edition: OtherEdition) -> dict[str, str]:
    isbn = {"isbn": edition.isbn} if edition.isbn else {}
    form = f"https://schema.org/{edition.schema_format}"
    return {"@type": "Book", "bookFormat": form, **isbn, "url": edition.address}


def _accessibility(facts: dict[str, list[str]]) -> dict[str, Any]:
    lists = ("accessMode", "accessibilityFeature", "accessibilityHazard")
    said: dict[str, Any] = {name: facts.get(name) for name in lists}
    # EPUB writes "textual, visual" for what together is enough.
    said["accessModeSufficient"] = [
        {"@type": "ItemList", "itemListElement": [mode.strip() for mode in together.split(",")]}
        for together in facts.get("accessModeSufficient", [])
    ]
    said["accessibilitySummary"] = next(iter(facts.get("accessibilitySummary", [])), "")
    return said


def _in_a_script(data: dict[str, Any]) -> SafeString:
    """Return the data as JSON, without what is empty."""
    text = json.dumps({name: value for name, value in data.items() if value}, ensure_ascii=False)
    return mark_safe(text.translate(_IN_A_SCRIPT))  # noqa: S308 (nothing is left that HTML reads)
