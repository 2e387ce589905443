"""Other editions of a book, at other sellers: how staff type them, and what visitors see."""

import json
import re

from django.db import IntegrityError, transaction
from django.test import Client, TestCase
from django.urls import reverse

from books.models import OtherEdition
from books.tests.builders import make_book, make_staff
from books.tests.catalogue.test_catalogue_admin import form_of

ADDRESS = "https://shop.example/ferry?a=1&b=2"
ISBN = "9783161484100"


class OtherEditionTests(TestCase):
    def setUp(self):
        self.book = make_book("The Ferry")
        self.staff = Client()
        self.staff.force_login(make_staff())

    def add(self, **fields):
        fields = {"kind": "paperback", "seller": "The Corner Shop", "address": ADDRESS} | fields
        return self.book.other_editions.create(**fields)

    def page(self):
        return self.client.get(self.book.get_absolute_url())

    def type_in(self, **fields):
        row = {"kind": "paperback", "address": ADDRESS, "position": 0} | fields
        form = form_of(self.book) | {f"other_editions-0-{name}": value for name, value in row.items()}
        form |= {"other_editions-TOTAL_FORMS": 1}
        return self.staff.post(reverse("admin:books_book_change", args=[self.book.pk]), form)

    def test_a_book_without_any_says_nothing_of_them(self):
        self.assertNotContains(self.page(), "Also available as")
        self.assertNotContains(self.page(), "workExample")

    def test_they_are_links_in_the_order_of_staff(self):
        self.add(kind="audiobook", seller="", position=2)
        self.add(price="$18.00", isbn=ISBN, position=1)

        page = self.page()

        self.assertContains(page, "Also available as")
        self.assertContains(
            page,
            f'<a href="{ADDRESS.replace("&", "&amp;")}" rel="noopener">Paperback at The Corner Shop</a>',
            html=True,
        )
        self.assertContains(page, "$18.00")
        self.assertContains(page, f"ISBN {ISBN}")
        text = page.content.decode().partition("Also available as")[2]
        self.assertLess(text.index("Paperback at"), text.index("Audiobook"))

    def test_search_engines_read_them_too(self):
        self.add(isbn=ISBN)
        self.add(kind="audiobook", seller='"</script>')

        [data] = re.findall(
            r'<script type="application/ld\+json">(.*?)</script>', self.page().content.decode(), re.DOTALL
        )

        self.assertEqual(
            json.loads(data)["workExample"],
            [
                {"@type": "Book", "bookFormat": "https://schema.org/Paperback", "isbn": ISBN, "url": ADDRESS},
                {"@type": "Book", "bookFormat": "https://schema.org/AudiobookFormat", "url": ADDRESS},
            ],
        )

    def test_a_change_is_seen_at_once(self):
        edition = self.add()
        self.assertContains(self.page(), "The Corner Shop")

        OtherEdition.objects.filter(pk=edition.pk).update(seller="Elsewhere")

        self.assertContains(self.page(), "Paperback at Elsewhere")

    def test_staff_type_them_beside_the_book_which_locks_no_fact(self):
        self.type_in(seller="The Corner Shop")

        self.assertEqual(str(self.book.other_editions.get()), "Paperback at The Corner Shop")
        self.assertEqual(list(self.book.locked_fields.values_list("name", flat=True)), [])

    def test_an_address_without_a_scheme_gets_https(self):
        self.type_in(address="shop.example/ferry")

        self.assertEqual(self.book.other_editions.get().address, "https://shop.example/ferry")

    def test_no_other_address_is_taken(self):
        for address in ("http://shop.example/", "javascript:alert(1)", "ftp://shop.example/", "/books/"):
            with self.subTest(address):
                self.assertEqual(self.type_in(address=address).status_code, 200)
                with self.assertRaises(IntegrityError), transaction.atomic():
                    self.add(address=address)
        self.assertEqual(OtherEdition.objects.count(), 0)

    def test_a_wrong_isbn_is_refused(self):
        self.assertContains(self.type_in(isbn="123"), "An ISBN has 13 digits")

        self.assertEqual(OtherEdition.objects.count(), 0)
