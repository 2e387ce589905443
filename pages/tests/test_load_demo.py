"""`load_demo`: a shop to look at, made once and then left alone."""

from io import StringIO
from unittest.mock import patch

from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.test import TestCase, override_settings

from books import access
from books.admin.pricing.pointless import pointless_prices
from books.demo.epubs import demo_price, demo_sources, read_book
from books.models import Book, Bundle, Chapter, Moment, Prices, Review, Sale
from books.reading.accessibility import statements
from orders.models import DiscountCode
from orders.pricing import offer_of
from orders.pricing.codes import use_code
from pages.models import Page, PageVersion, ShopSettings
from pages.tests.builders import publish
from pages.writing.gaps import gaps_in
from users.models import CustomUser

LOGINS = ("testuser@email.com", "reader@example.com", "staff@example.com")


def load_demo(**options):
    out = StringIO()
    call_command("load_demo", stdout=out, **options)
    return out.getvalue()


class LoadDemoTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.output = load_demo(force=True)

    def user(self, email):
        return CustomUser.objects.get(email=email)

    def test_every_demo_book_is_on_the_shelf_at_its_price_with_text_and_cover(self):
        prices = {read_book(source)["title"]: demo_price(source) for source in demo_sources()}

        self.assertEqual(dict(Book.objects.values_list("title", "price")), prices)
        self.assertFalse(Book.objects.filter(cover="").exists())
        self.assertGreaterEqual(Chapter.objects.count(), 4 * len(prices))

    def test_all_books_is_for_sale(self):
        self.assertEqual(Bundle.objects.get(everything=True).price, 3900)

    def test_each_bundle_costs_less_than_its_books_and_more_than_any_of_them(self):
        bundles = Bundle.objects.filter(everything=False)

        self.assertEqual(len(bundles), 2)
        for bundle in bundles:
            with self.subTest(bundle):
                prices = bundle.books.values_list("price", flat=True)
                self.assertGreater(len(prices), 1)
                self.assertLess(bundle.price, sum(prices))
                self.assertGreater(bundle.price, max(prices))

    def test_two_books_are_on_sale_beside_what_they_cost_before(self):
        [sale] = Sale.objects.all()
        prices = Prices()

        found = [prices.price_of(book) for book in sale.books.order_by("price")]

        self.assertEqual([(price.amount, price.was) for price in found], [(450, 600), (675, 900)])

    def test_one_book_is_a_pre_order_and_one_costs_what_its_buyer_wants(self):
        [ahead], [free] = Book.objects.unopened(), Book.objects.exclude(minimum_price=None)

        self.assertEqual((ahead.title, free.title), ("The Snail Who Was Early", "Small Weather"))
        self.assertEqual(free.minimum_price, 0)
        self.assertFalse(ahead.bundles.exists())
        self.assertFalse(Review.objects.filter(book=ahead).exists())
        self.assertFalse(access.may_read(self.user("reader@example.com"), ahead))
        self.assertTrue(Moment.objects.filter(at=ahead.opens_at).exists())

    def test_the_discount_code_is_told_and_takes_something_off(self):
        offer = offer_of(Book.objects.get(title="Reading Here"), AnonymousUser())

        self.assertEqual(use_code(DiscountCode.objects.get(), offer, AnonymousUser()).discount, 40)
        self.assertIn("QUAY10", self.output)

    def test_no_price_makes_another_pointless(self):
        self.assertEqual(pointless_prices([*Book.objects.all(), *Bundle.objects.all()]), [])

    def test_every_book_says_how_accessible_it_is(self):
        for book in Book.objects.all():
            with self.subTest(book):
                said = dict(statements(book.accessibility, layout=book.layout))
                self.assertEqual(
                    said["Ways of reading"][:2],
                    [
                        "The appearance of the text can be changed.",
                        "The whole book can be read aloud or in braille.",
                    ],
                )
                self.assertEqual(said["Hazards"], ["There are no hazards."])
                self.assertTrue(said["Accessibility summary"][0].startswith("Plain text with real headings"))

    def test_everybody_can_log_in_and_the_output_says_how(self):
        for email in LOGINS:
            with self.subTest(email):
                self.assertEqual(authenticate(username=email, password="testpass123"), self.user(email))
                self.assertTrue(EmailAddress.objects.get(email=email).verified)
                self.assertTrue(EmailAddress.objects.get(email=email).primary)
                self.assertIn(email, self.output)

    def test_reader_and_staff_may_read_all_books_and_testuser_owns_nothing(self):
        may_read = {email: access.has_all_books(self.user(email)) for email in LOGINS}

        self.assertEqual(may_read, dict(zip(LOGINS, (False, True, True), strict=True)))
        self.assertTrue(self.user("staff@example.com").is_superuser)

    def test_reviews_are_by_others_than_testuser_and_show_a_name(self):
        authors = [review.author for review in Review.objects.all()]

        self.assertNotIn(self.user("testuser@email.com"), authors)
        self.assertIn(self.user("reader@example.com"), authors)
        self.assertNotIn("A reader", [author.public_name for author in authors])

    def test_made_up_readers_cannot_log_in(self):
        others = CustomUser.objects.exclude(email__in=LOGINS)

        self.assertEqual([user for user in others if user.has_usable_password()], [])
        self.assertGreater(others.count(), 3)

    def test_the_shop_has_a_name_and_legal_pages_without_gaps(self):
        shop = ShopSettings.objects.get()

        self.assertEqual((shop.name, shop.currency), ("Lantern Quay Books", "usd"))
        published = {page.slug: page for page in Page.objects.select_related("current")}
        self.assertEqual(published.keys(), {"imprint", "terms", "privacy"})
        for page in published.values():
            self.assertEqual(gaps_in(page.current.text), [])
        self.assertIs(published["terms"].is_agreed_to, True)

    def test_a_name_and_a_page_that_somebody_has_changed_stay_changed(self):
        ShopSettings.objects.update(name="Salt & Paper")
        publish(Page.objects.get(slug="terms"), "Ours.")

        load_demo(force=True)

        self.assertEqual(ShopSettings.objects.get().name, "Salt & Paper")
        self.assertEqual(Page.objects.get(slug="terms").current.text, "Ours.")
        self.assertEqual(PageVersion.objects.count(), 4)

    def test_the_second_run_imports_nothing_and_changes_nothing(self):
        models = (Book, Bundle, Bundle.books.through, Review, CustomUser, Sale, DiscountCode)
        before = [model.objects.count() for model in models]

        with patch("pages.management.commands.load_demo.import_epub") as import_epub:
            load_demo(force=True)

        import_epub.assert_not_called()
        self.assertEqual([model.objects.count() for model in models], before)

    def test_what_was_changed_since_stays_changed(self):
        testuser = self.user("testuser@email.com")
        testuser.set_password("a long walk by the sea")
        testuser.save()
        Book.objects.update(price=100, minimum_price=None, opens_at=None)
        Sale.objects.all().delete()
        DiscountCode.objects.update(percent=50)
        Bundle.objects.update(price=5000)
        pair = Bundle.objects.get(slug="two-by-una-kestrel")
        pair.books.set(pair.books.all()[:1])
        self.user("reader@example.com").user_permissions.clear()

        load_demo(force=True)

        self.assertTrue(self.user("testuser@email.com").check_password("a long walk by the sea"))
        self.assertEqual(set(Book.objects.values_list("price", flat=True)), {100})
        self.assertEqual(set(Bundle.objects.values_list("price", flat=True)), {5000})
        self.assertEqual(set(Book.objects.values_list("minimum_price", "opens_at")), {(None, None)})
        self.assertFalse(Sale.objects.exists())
        self.assertEqual(DiscountCode.objects.get().percent, 50)
        self.assertEqual(pair.books.count(), 1)
        self.assertFalse(access.has_all_books(self.user("reader@example.com")))


class RefusalTests(TestCase):
    def test_production_is_refused(self):
        with self.assertRaisesMessage(
            CommandError, "DEBUG is off, and the demo accounts have a public password."
        ):
            load_demo()

        self.assertFalse(CustomUser.objects.exists())

    @override_settings(DEBUG=True)
    def test_development_is_not(self):
        with (
            patch("pages.management.commands.load_demo.demo_sources", return_value=[]),
            patch("pages.management.commands.load_demo.BUNDLES", []),
            patch("pages.management.commands.load_demo.REVIEWS", []),
        ):
            load_demo()

        self.assertTrue(CustomUser.objects.exists())
