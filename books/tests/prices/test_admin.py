"""Price lists in the admin: their rule and what it gives, and what is typed for one book or bundle."""

from decimal import Decimal

from django.contrib.auth.models import Permission
from django.test import TestCase
from django.urls import reverse

from books.models import ListPrice, PriceList
from books.tests.builders import make_book, make_bundle, make_reader, make_staff
from books.tests.catalogue.test_catalogue_admin import form_of

LISTS = reverse("admin:books_pricelist_changelist")
ADD = reverse("admin:books_pricelist_add")


class PriceListPageTests(TestCase):
    def setUp(self):
        self.client.force_login(make_staff())
        self.ferry = make_book("The Ferry")

    def save(self, address=ADD, **fields):
        given = {"currency": "EUR", "rate": "0.92", "ending": "99", "rounding": "nearest", "countries": ""}
        return self.client.post(address, given | fields, follow=True)

    def test_a_list_is_made_from_a_code_in_any_case_and_countries_in_any_form(self):
        self.save(currency="Eur", countries="de, at;  FR DE")

        made = PriceList.objects.get()
        self.assertEqual((made.currency, made.countries), ("eur", ["AT", "DE", "FR"]))
        self.assertEqual((made.rate, made.ending, made.rounding), (Decimal("0.92"), "99", "nearest"))

    def test_what_is_no_list_is_refused_with_a_reason(self):
        PriceList.objects.create(currency="gbp", countries=["GB"])
        for fields, reason in (
            ({"currency": "usd"}, "This is the shop’s own currency"),
            ({"currency": "xyz"}, "Stripe doesn’t charge in this currency"),
            ({"currency": "gbp"}, "already exists"),
            ({"rate": "0"}, "greater than or equal to"),
            ({"currency": "vnd", "rate": "99999999.999999"}, "This rate is too high."),
            ({"countries": "DEU"}, "DEU is not a country’s two letters"),
            ({"countries": "DE EU"}, "EU is not a country’s two letters"),
            ({"countries": "QQ"}, "QQ is not a country’s two letters"),
            ({"countries": "DE GB"}, "GB is among the countries of GBP."),
        ):
            with self.subTest(fields):
                self.assertContains(self.save(**fields), reason)
        self.assertEqual(PriceList.objects.count(), 1)

    def test_it_shows_what_the_rule_gives_what_is_typed_and_what_is_too_little(self):
        euros = PriceList.objects.create(currency="eur", rate=Decimal("0.92"), ending="")
        euros.prices.create(book=make_book("The Tram"), amount=1050)
        make_book("Leaflet", price=50)
        yen = PriceList.objects.create(currency="jpy")

        page = self.client.get(reverse("admin:books_pricelist_change", args=[euros.pk]))
        other = self.client.get(reverse("admin:books_pricelist_change", args=[yen.pk]))

        for cells in (
            "<td>All Books</td><td>$39.00</td><td>€35.88</td><td>worked out</td>",
            "<td>The Tram</td><td>$9.00</td><td>€10.50</td><td>typed</td>",
            "<td>Leaflet</td><td>$0.50</td><td>€0.46</td><td>below Stripe’s minimum: sold in USD</td>",
        ):
            self.assertContains(page, f"<tr>{cells}</tr>", html=True)
        self.assertContains(
            other, "<tr><td>The Tram</td><td>$9.00</td><td></td><td>sold in USD</td></tr>", html=True
        )

    def test_saving_warns_of_what_costs_too_little(self):
        make_book("Leaflet", price=50)

        self.assertContains(self.save(ending=""), "1 book would cost less than €0.50")
        address = reverse("admin:books_pricelist_change", args=[PriceList.objects.get().pk])
        self.assertNotContains(self.save(address, rate="2"), "would cost less")
        PriceList.objects.get().prices.create(book=self.ferry, amount=49)
        self.assertContains(self.save(address, rate=""), "1 book would cost less than €0.50")

    def test_the_currency_of_a_list_stays(self):
        self.save()
        made = PriceList.objects.get()

        self.save(reverse("admin:books_pricelist_change", args=[made.pk]), currency="gbp", rate="0.9")

        made = PriceList.objects.get()
        self.assertEqual((made.currency, made.rate), ("eur", Decimal("0.9")))

    def test_rates_have_no_zeros_at_their_end_and_countries_have_names(self):
        euros = PriceList.objects.create(currency="eur", rate=Decimal("0.92"), countries=["DE", "AT"])
        PriceList.objects.create(currency="jpy", rate=Decimal(150))

        lists = self.client.get(LISTS)
        form = self.client.get(reverse("admin:books_pricelist_change", args=[euros.pk]))

        self.assertContains(lists, "Austria (AT), Germany (DE)")
        self.assertContains(lists, ">0.92</td>")
        self.assertContains(lists, ">150</td>")
        self.assertContains(form, 'value="0.92"')
        self.assertContains(form, "Now: Austria (AT), Germany (DE).")

    def test_whoever_may_not_see_them_does_not(self):
        self.client.logout()
        self.assertEqual(self.client.get(LISTS).status_code, 302)


class TypedPriceTests(TestCase):
    def setUp(self):
        self.staff = make_staff()
        self.client.force_login(self.staff)
        self.euros = PriceList.objects.create(currency="eur", rate=Decimal("0.92"))
        self.yen = PriceList.objects.create(currency="jpy")
        self.ferry, self.tram = make_book("The Ferry"), make_book("The Tram")
        self.pair = make_bundle("Two Journeys", self.ferry, self.tram)

    def form(self, product):
        """Return what the product's page would send."""
        inlines = self.client.get(self.address(product)).context["inline_admin_formsets"]
        [prices] = [each.formset for each in inlines if each.formset.model is ListPrice]
        fields = [field for form in (prices.management_form, *prices.forms) for field in form]
        sent = {field.html_name: "" if field.value() is None else field.value() for field in fields}
        if product.kind == "book":
            return form_of(product) | sent
        books = [self.ferry.pk, self.tram.pk]
        return {"title": product.title, "slug": product.slug, "price": "15.00", "books": books} | sent

    @staticmethod
    def address(product):
        return reverse(f"admin:books_{product.kind}_change", args=[product.pk])

    def save(self, product, *amounts):
        typed = {f"list_prices-{number}-amount": amount for number, amount in enumerate(amounts)}
        return self.client.post(self.address(product), self.form(product) | typed, follow=True)

    def prices(self):
        rows = ListPrice.objects.order_by("price_list__currency", "pk")
        return [*rows.values_list("price_list__currency", "book__title", "bundle__title", "amount")]

    def test_each_list_has_a_field_in_units_of_its_currency(self):
        page = self.client.get(self.address(self.ferry))

        self.assertContains(page, "Price in EUR")
        self.assertContains(page, "Empty: €7.99, worked out from the saved price.")
        self.assertContains(page, "Empty: sold in USD.")

    def test_a_price_is_typed_changed_and_emptied_again(self):
        self.save(self.ferry, "8.50", "1200")
        self.save(self.pair, "", "2000")
        self.assertEqual(
            self.prices(),
            [
                ("eur", "The Ferry", None, 850),
                ("jpy", "The Ferry", None, 1200),
                ("jpy", None, "Two Journeys", 2000),
            ],
        )
        self.assertContains(self.client.get(self.address(self.ferry)), 'value="8.50"')

        self.save(self.ferry, "7.77", "")

        self.assertEqual(
            self.prices(), [("eur", "The Ferry", None, 777), ("jpy", None, "Two Journeys", 2000)]
        )
        self.save(self.ferry, "", "")
        self.assertEqual(self.prices(), [("jpy", None, "Two Journeys", 2000)])

    def test_one_list_alone_may_be_typed_later(self):
        self.save(self.ferry, "", "1200")

        self.save(self.ferry, "1300", "8.50")  # those that are typed come first

        self.assertEqual(self.prices(), [("eur", "The Ferry", None, 850), ("jpy", "The Ferry", None, 1300)])

    def test_what_stripe_would_not_charge_is_refused(self):
        for amount, reason in (
            ("0.49", "0.50"),
            ("8.505", "2 decimal places"),
            ("1000000", "999999.99"),
            ("x", "number"),
        ):
            with self.subTest(amount):
                self.assertContains(self.save(self.ferry, amount, ""), reason)
        self.assertContains(self.save(self.ferry, "", "12.5"), "0 decimal places")
        dinars = PriceList.objects.create(currency="kwd")
        self.assertContains(self.save(self.ferry, "", "", "2.995"), "Stripe takes no such fraction")
        self.assertEqual(self.prices(), [])
        self.save(self.ferry, "", "", "2.990")
        self.assertEqual(dinars.prices.get().amount, 2990)

    def test_lists_that_change_in_between_lead_no_price_into_another_currency(self):
        sent = self.form(self.ferry) | {"list_prices-0-amount": "8.50"}
        self.euros.delete()

        self.assertContains(self.client.post(self.address(self.ferry), sent), "The price lists have changed.")
        self.assertEqual(self.prices(), [])

    def test_the_authors_are_not_taken_for_typed_because_a_price_was(self):
        self.save(self.ferry, "8.50", "")

        self.assertEqual([*self.ferry.locked_fields.all()], [])

    def test_a_shop_without_lists_is_asked_for_none(self):
        PriceList.objects.all().delete()

        self.assertNotContains(self.client.get(self.address(self.ferry)), "other currencies")

    def test_whoever_may_change_books_may_type_their_prices_and_others_see_none(self):
        clerk = make_reader("clerk")
        clerk.is_staff = True
        clerk.save()
        clerk.user_permissions.set(Permission.objects.filter(codename__in=["change_book", "view_book"]))
        self.client.force_login(clerk)

        self.save(self.ferry, "8.50", "")

        self.assertEqual(self.prices(), [("eur", "The Ferry", None, 850)])
        clerk.user_permissions.set(Permission.objects.filter(codename="view_book"))
        self.assertNotContains(self.client.get(self.address(self.ferry)), "other currencies")
