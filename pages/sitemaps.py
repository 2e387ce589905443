"""The pages that search engines may list: those that any visitor can open."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from books.models import Book, Bundle


class ShopSitemap(Sitemap):
    """Addresses as SITE_URL has them, whatever host and scheme a request came with."""

    def get_protocol(self, protocol=None):
        return urlsplit(settings.SITE_URL).scheme

    def get_domain(self, site=None):
        return urlsplit(settings.SITE_URL).netloc


class PageSitemap(ShopSitemap):
    def items(self):
        return ["home", "about", "book_list"]

    def location(self, name):
        return reverse(name)


class BundleSitemap(ShopSitemap):
    """Not All Books, which has no page of its own."""

    def items(self):
        return Bundle.objects.for_offers().filter(everything=False)


class BookSitemap(ShopSitemap):
    """The newest 50,000 books: sitemaps.org allows no more in one file."""

    def items(self):
        return Book.objects.published().in_order("newest").only("pk")


SITEMAPS = {"pages": PageSitemap, "bundles": BundleSitemap, "books": BookSitemap}
