"""Staff type the amounts from which buyers choose what they pay."""

from django.test import TestCase
from django.urls import reverse

from books.models import Book
from books.tests.builders import make_book, make_staff
from books.tests.catalogue.test_catalogue_admin import form_of


class PresetsTests(TestCase):
    def setUp(self):
        self.client.force_login(make_staff())
        self.book = make_book()
        self.change = reverse("admin:books_book_change", args=[self.book.pk])

    def save(self, **typed):
        return self.client.post(self.change, form_of(self.book, **typed))

    def presets(self):
        return Book.objects.get().presets

    def test_they_are_typed_in_any_order_and_shown_as_stored(self):
        self.save(minimum_price="3", presets="20, 5.50;10 5.50")

        self.assertEqual(self.presets(), [550, 1000, 2000])
        self.assertContains(self.client.get(self.change), 'value="5.50, 10.00, 20.00"')
        self.save(minimum_price="3", presets="")
        self.assertIsNone(self.presets())

    def test_what_nobody_could_choose_is_refused_with_a_reason(self):
        for typed, said in (
            ({"presets": "5", "minimum_price": ""}, "Buyers choose only if they may pay less"),
            ({"presets": "2, 5", "minimum_price": "3"}, "One of them is less than buyers have to pay."),
            ({"presets": "0.20", "minimum_price": "0"}, "Stripe charges at least $0.50"),
            ({"presets": "5, much", "minimum_price": "3"}, "Enter a number."),
            ({"presets": "1 2 3 4 5 6", "minimum_price": "1"}, "Type at most 5 amounts."),
        ):
            with self.subTest(typed):
                self.assertContains(self.save(**typed), said)
        self.assertIsNone(self.presets())
