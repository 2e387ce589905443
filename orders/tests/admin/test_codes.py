"""Staff make discount codes, see who has used them, and make many at once."""

import csv
import re
from decimal import Decimal

from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from books.models import Bundle, PriceList
from books.tests.builders import make_book, make_reader, make_staff
from books.tests.catalogue.test_catalogue_admin import form_of
from orders.models import DiscountCode, OrderStatus
from orders.tests.builders import make_code, make_order

LIST = "admin:orders_discountcode_changelist"


class CodeAdminTestCase(TestCase):
    def setUp(self):
        self.client.force_login(make_staff())

    def add(self, **fields):
        return self.client.post(reverse("admin:orders_discountcode_add"), {"code": "spring"} | fields)

    def change(self, code):
        return reverse("admin:orders_discountcode_change", args=[code.pk])


class FormTests(CodeAdminTestCase):
    def test_a_percentage(self):
        book = make_book()
        fields = {"percent": "20", "books": [book.pk], "most_uses": "5", "ends_at": "2030-05-01T12:00"}
        self.assertRedirects(self.add(**fields), reverse(LIST))

        code = DiscountCode.objects.get()
        self.assertEqual((code.code, code.key, code.percent, code.most_uses), ("SPRING", "SPR1NG", 20, 5))
        self.assertEqual((list(code.books.all()), code.ends_at.year), ([book], 2030))
        self.assertContains(self.client.get(self.change(code)), 'value="2030-05-01T12:00"')

    def test_an_amount_in_each_currency(self):
        PriceList.objects.create(currency="eur", rate=Decimal("0.9"))
        self.add(amount="5.00", amount_eur="4.50")

        code = DiscountCode.objects.get()
        self.assertEqual((code.amount, code.amounts), (500, {"eur": 450}))
        self.assertContains(self.client.get(self.change(code)), 'value="4.50"')
        self.client.post(self.change(code), {"code": "spring", "amount": "5.00", "amount_eur": ""})
        self.assertEqual(DiscountCode.objects.get().amounts, {})

    def test_what_makes_no_sense_is_refused_and_nothing_is_kept(self):
        PriceList.objects.create(currency="eur", rate=Decimal("0.9"))
        for fields, said in (
            ({}, "Type a percentage or an amount."),
            ({"percent": "20", "amount": "5"}, "Type a percentage or an amount."),
            ({"percent": "101"}, "less than or equal to 100"),
            ({"percent": "20", "amount_eur": "5"}, "Type the amount in the shop’s own currency too."),
            ({"percent": "20", "code": "GRÜN"}, "letters from A to Z"),
            (
                {"percent": "20", "begins_at": "2030-05-01T12:00", "ends_at": "2030-04-01T12:00"},
                "It would end before it begins.",
            ),
        ):
            with self.subTest(said):
                self.assertContains(self.add(**fields), said)
        self.assertEqual(DiscountCode.objects.count(), 0)

    def test_a_code_for_what_is_free_without_it_is_pointless(self):
        given, chosen = make_book("Given", price=0), make_book("Tides", minimum_price=0)
        sold = make_book("Sold", minimum_price=50)

        answer = self.client.post(
            reverse("admin:orders_discountcode_add"),
            {"code": "spring", "percent": "20", "books": [each.pk for each in (given, chosen, sold)]},
            follow=True,
        )

        for title in ("Given", "Tides"):
            said = f"Buyers may have “{title}” for free: the code SPRING takes nothing off it."
            self.assertContains(answer, said)
        self.assertNotContains(answer, "Buyers may have “Sold”")

    def test_so_is_one_for_a_book_that_buyers_may_have_for_free_from_now_on(self):
        book = make_book("Tides")
        for word in ("SPRING", "SUMMER"):
            make_code(word, products=[book])
        make_code("AUTUMN", products=[make_book("Other", price=0)])
        DiscountCode.objects.filter(code="SUMMER").update(ends_at=timezone.now())
        change = reverse("admin:books_book_change", args=[book.pk])

        for least, expected in (("1.00", []), ("0", ["SPRING"])):
            with self.subTest(least):
                answer = self.client.post(change, form_of(book, minimum_price=least), follow=True)
                said = re.findall(r"the code (\w+) takes nothing off it", answer.content.decode())
                self.assertEqual(said, expected)

    def test_two_codes_never_look_alike(self):
        make_code("SPR1NG")

        self.assertContains(self.add(percent="20"), "or one that looks like it")


class ListTests(CodeAdminTestCase):
    def test_it_says_how_often_each_was_used_and_by_whom(self):
        code = make_code(most_uses=3)
        order = make_order(make_reader("ada"), status=OrderStatus.PAID, discount_code=code)
        make_order(make_reader("bob"), status=OrderStatus.EXPIRED, discount_code=code)

        self.assertContains(self.client.get(reverse(LIST)), "1 of 3")
        page = self.client.get(self.change(code))
        self.assertContains(page, order.number)
        self.assertContains(page, "ada@example.com")
        self.assertNotContains(page, "bob@example.com")

    def test_it_takes_the_same_queries_for_one_and_for_25(self):
        make_code("FIRST")
        self.client.get(reverse(LIST))
        with CaptureQueriesContext(connection) as one:
            self.client.get(reverse(LIST))
        for number in range(24):
            make_code(f"C{number}X")
        with CaptureQueriesContext(connection) as many:
            self.client.get(reverse(LIST))

        self.assertEqual(len(one), len(many))

    def test_a_used_code_cannot_be_deleted(self):
        code, unused = make_code(most_uses=3), make_code("NEVER")
        make_order(make_reader("ada"), status=OrderStatus.PAID, discount_code=code)
        for each in (code, unused):
            self.client.post(reverse("admin:orders_discountcode_delete", args=[each.pk]), {"post": "yes"})
        chosen = {"action": "delete_selected", "_selected_action": [code.pk], "post": "yes"}
        self.client.post(reverse(LIST), chosen)

        self.assertEqual(list(DiscountCode.objects.all()), [code])


class CopiesTests(CodeAdminTestCase):
    def test_many_codes_of_one_use_each_as_csv(self):
        everything = Bundle.objects.get(everything=True)
        book = make_book()
        code = make_code(products=[book, everything], combines=True, most_uses_each=2)
        page = reverse("admin:orders_discountcode_copies", args=[code.pk])
        self.assertContains(self.client.get(self.change(code)), page)
        self.assertContains(self.client.get(page), "Each works once")

        response = self.client.post(page, {"number": "30", "batch": "Reviewers"})

        rows = list(csv.DictReader(response.content.decode().splitlines()))
        copies = DiscountCode.objects.filter(batch="Reviewers")
        self.assertEqual({row["code"] for row in rows}, {copy.code for copy in copies})
        self.assertEqual(len(rows), 30)
        self.assertTrue(rows[0]["link"].endswith(f"?code={rows[0]['code']}"))
        for copy in copies:
            self.assertEqual((copy.percent, copy.most_uses, copy.combines), (25, 1, True))
            self.assertEqual((list(copy.books.all()), list(copy.bundles.all())), ([book], [everything]))

    def test_too_many_are_refused(self):
        code = make_code()
        page = reverse("admin:orders_discountcode_copies", args=[code.pk])

        self.assertContains(self.client.post(page, {"number": "1001"}), "less than or equal to 1000")
        self.assertEqual(DiscountCode.objects.count(), 1)

    def test_only_staff_who_may_add_codes_make_them(self):
        code = make_code()
        page = reverse("admin:orders_discountcode_copies", args=[code.pk])
        ada = Client()
        ada.force_login(make_reader("ada"))

        self.assertEqual(ada.post(page, {"number": "3"}).status_code, 302)
        self.assertEqual(DiscountCode.objects.count(), 1)

    def test_chosen_codes_are_downloaded(self):
        codes = [make_code("ONE"), make_code("TWO")]
        chosen = {"action": "export", "_selected_action": [code.pk for code in codes]}
        response = self.client.post(reverse(LIST), chosen)

        self.assertEqual(response["Content-Type"], "text/csv; charset=utf-8")
        self.assertIn("TWO", response.content.decode())
