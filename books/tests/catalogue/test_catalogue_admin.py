from datetime import date
from io import BytesIO

from django.contrib.admin.utils import label_for_field
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import default_storage
from django.test import TestCase
from django.urls import reverse
from PIL import Image

from books import search
from books.models import Author, Book, Bundle, Review, Subject
from books.tests.builders import make_book, make_books, make_reader, make_review, make_staff
from users.models import CustomUser


def form_of(book, **changes):
    """Return what the admin's form of a book sends, with its first author alone."""
    authorship = book.authorships.first()
    return {
        "title": book.title,
        "subtitle": book.subtitle,
        "description": book.description,
        "price": "9.00",
        "language": book.language,
        "published": "",
        "subjects": [subject.pk for subject in book.subjects.all()],
        "isbn": "",
        "sample_chapters": book.sample_chapters,
        "authorships-TOTAL_FORMS": 1,
        "authorships-INITIAL_FORMS": 1,
        "authorships-0-id": authorship.pk,
        "authorships-0-book": book.pk,
        "authorships-0-author": authorship.author_id,
        "authorships-0-position": 0,
        "other_editions-TOTAL_FORMS": 0,
        "other_editions-INITIAL_FORMS": 0,
    } | changes


def new_form(title, **changes):
    """Return what the admin's form of a new book sends, its one row for an author left empty."""
    return {
        "title": title,
        "price": "9.00",
        "language": "en",
        "sample_chapters": 1,
        "authorships-TOTAL_FORMS": 1,
        "authorships-INITIAL_FORMS": 0,
        "authorships-0-position": 0,
        "other_editions-TOTAL_FORMS": 0,
        "other_editions-INITIAL_FORMS": 0,
    } | changes


def picture(width=600, height=900):
    file = BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, "PNG")
    file.seek(0)
    file.name = "cover.png"
    return file


class CatalogueAdminTests(TestCase):
    def setUp(self):
        self.client.force_login(make_staff())

    def change_url(self, thing):
        return reverse(f"admin:books_{thing._meta.model_name}_change", args=[thing.pk])

    def test_lists_and_forms_open(self):
        book = make_book(subjects=["Fiction"])
        review = make_review(book)
        for thing in [book, review, Author.objects.get(), Subject.objects.get(), Bundle.objects.get()]:
            with self.subTest(thing=thing):
                name = thing._meta.model_name
                self.assertContains(self.client.get(reverse(f"admin:books_{name}_changelist")), str(thing))
                self.assertEqual(self.client.get(self.change_url(thing)).status_code, 200)
                add = self.client.get(reverse(f"admin:books_{name}_add"))
                # Reviews are written by readers.
                self.assertEqual(add.status_code, 403 if thing == review else 200)

    def test_each_column_and_field_of_a_book_has_a_name_of_its_own(self):
        book = make_book(published=date(2024, 5, 1))

        columns = self.client.get(reverse("admin:books_book_changelist")).context["cl"]
        names = [label_for_field(name, Book, columns.model_admin) for name in columns.list_display]

        self.assertEqual(len(names), len(set(names)))
        self.assertEqual(names[-2:], ["publication date", "in the shop"])
        self.assertContains(self.client.get(self.change_url(book)), "In the shop")

    def test_a_book_that_is_not_saved_yet_is_not_said_to_be_in_the_shop(self):
        self.assertNotContains(self.client.get(reverse("admin:books_book_add")), "In the shop")

    def test_books_are_found_by_title_author_and_isbn(self):
        make_book("Night Bus", authors=["Oren Whitlock"], isbn="9783161484100")
        make_book("Supper")

        for query in ["night", "whitlock", "9783161484100"]:
            with self.subTest(query=query):
                response = self.client.get(reverse("admin:books_book_changelist"), {"q": query})
                self.assertContains(response, "Night Bus")
                self.assertNotContains(response, "Supper")

    def test_a_price_is_typed_in_dollars_and_kept_in_cents(self):
        book = make_book(price=900)

        self.assertContains(self.client.get(self.change_url(book)), 'value="9.00"')
        self.client.post(self.change_url(book), form_of(book, price="12.5"))

        book.refresh_from_db()
        self.assertEqual(book.price, 1250)

    def test_a_price_may_be_left_out(self):
        book = make_book(price=900)

        self.client.post(self.change_url(book), form_of(book, price=""))

        book.refresh_from_db()
        self.assertIsNone(book.price)

    def test_a_price_that_no_card_can_be_charged_is_refused_in_dollars(self):
        book = make_book(price=900)

        for price, reason in [
            ("0.49", "Stripe charges at least $0.50: type that or more, or 0."),
            ("-1", "greater than or equal to 0.00"),
            ("1000000", "less than or equal to 999999.99"),
            ("1.999", "no more than 2 decimal places"),
            ("nine", "Enter a number."),
        ]:
            with self.subTest(price=price):
                response = self.client.post(self.change_url(book), form_of(book, price=price))
                self.assertContains(response, reason)
                book.refresh_from_db()
                self.assertEqual(book.price, 900)

    def test_saving_without_a_change_notes_none(self):
        book = make_book(price=900)

        self.client.post(self.change_url(book), form_of(book))

        self.assertContains(
            self.client.get(reverse("admin:books_book_history", args=[book.pk])), "No fields changed."
        )

    def test_a_saved_book_is_found_by_what_it_says_now(self):
        book = make_book("Night Bus", authors=["Ada Quill"])
        oren = Author.objects.create(name="Oren Whitlock")
        fiction = Subject.objects.create(name="Fiction")

        form = form_of(book, title="Day Tram", subjects=[fiction.pk])
        self.client.post(self.change_url(book), form | {"authorships-0-author": oren.pk})

        for query, count in [("day", 1), ("whitlock", 1), ("fiction", 1), ("night", 0), ("quill", 0)]:
            with self.subTest(query=query):
                self.assertEqual(search.search(query).count, count)

    def test_a_renamed_author_is_found_by_the_new_name(self):
        make_book(authors=["Ada Quill"])

        self.client.post(self.change_url(Author.objects.get()), {"name": "Ada Feather"})

        self.assertEqual(search.search("feather").count, 1)
        self.assertEqual(search.search("quill").count, 0)

    def test_a_new_author_and_a_name_left_as_it_was_change_nothing_in_the_search(self):
        make_book(authors=["Ada Quill"])

        self.client.post(self.change_url(Author.objects.get()), {"name": "Ada Quill"})
        self.client.post(reverse("admin:books_author_add"), {"name": "Oren Whitlock"})

        self.assertEqual(search.search("quill").count, 1)
        self.assertEqual(search.search("whitlock").count, 0)

    def test_books_added_with_the_same_picture_keep_a_cover_each(self):
        for title in ["First", "Second"]:
            self.client.post(reverse("admin:books_book_add"), new_form(title, new_cover=picture()))
        first, second = Book.objects.order_by("title")

        with self.captureOnCommitCallbacks(execute=True):
            self.client.post(self.change_url(first), new_form("First", new_cover=picture(700, 1050)))

        first.refresh_from_db()
        self.assertNotEqual(first.cover.name, second.cover.name)
        self.assertIn(str(second.pk), second.cover.name)
        self.assertTrue(default_storage.exists(second.cover.name))

    def test_a_new_cover_is_kept_in_the_sizes_that_pages_show(self):
        book = make_book()

        self.client.post(self.change_url(book), form_of(book, new_cover=picture()))

        book.refresh_from_db()
        self.assertEqual(book.cover_widths, [240, 480])
        self.assertContains(self.client.get(book.get_absolute_url()), "-480.webp")

    def test_a_file_that_is_no_picture_is_refused_with_the_reason(self):
        book = make_book()
        file = BytesIO(b"<svg onload=alert(1)>")
        file.name = "cover.svg"

        response = self.client.post(self.change_url(book), form_of(book, new_cover=file))

        self.assertContains(response, "not a PNG, JPEG, GIF or WebP file")
        book.refresh_from_db()
        self.assertEqual(book.cover.name, "")

    def test_a_book_with_500_reviews_opens_quickly_and_can_be_saved(self):
        book = make_book()
        readers = CustomUser.objects.bulk_create(
            CustomUser(email=f"reader{number}@example.com") for number in range(500)
        )
        Review.objects.bulk_create(
            Review(book=book, author=reader, rating=4, text="Good.") for reader in readers
        )

        # Asked once in a process, and earlier tests may have asked.
        ContentType.objects.get_for_model(Book)
        # Seven of them compare its price with those of bundles and other books.
        with self.assertNumQueries(20):
            page = self.client.get(self.change_url(book))
        saved = self.client.post(self.change_url(book), form_of(book, title="Night Bus"))

        self.assertContains(page, f'/admin/books/review/?book__id__exact={book.pk}">500</a>')
        self.assertEqual(saved.status_code, 302)
        book.refresh_from_db()
        self.assertEqual((book.title, book.reviews.count()), ("Night Bus", 500))

    def test_the_reviews_of_one_book_can_be_listed(self):
        book = make_book("Night Bus")
        make_review(book, make_reader("ada"))
        make_review(make_book("Supper"), make_reader("bob"))

        response = self.client.get(
            reverse("admin:books_review_changelist"), {"book__id__exact": str(book.pk)}
        )

        self.assertContains(response, "ada@example.com")
        self.assertNotContains(response, "bob@example.com")

    def test_a_long_list_says_that_it_is_longer_than_what_is_counted(self):
        Book.objects.bulk_create(Book(title=f"Book {number}") for number in range(1000))
        address = reverse("admin:books_book_changelist")
        self.assertContains(self.client.get(address), "1000 books")

        make_book()

        self.assertContains(self.client.get(address), "More than 1,000 books")

    def test_a_book_is_found_as_visitors_find_it_and_also_if_it_is_not_published(self):
        make_book("Night Bus", authors=["Ada Quill"], isbn="9783161484100", is_published=False)
        make_book("Supper", authors=["Grace"])

        for words in ("night", "quill bus", "9783161484100", "NIGHT"):
            page = self.client.get(reverse("admin:books_book_changelist"), {"q": words})
            self.assertEqual([book.title for book in page.context["cl"].result_list], ["Night Bus"], words)

    def test_books_can_be_listed_by_each_of_their_languages(self):
        for title, language in {"Night Bus": "en", "Nachtbus": "de"}.items():
            make_book(title, language=language)
        address = reverse("admin:books_book_changelist")

        page = self.client.get(address, {"language": "de"})

        self.assertEqual([book.title for book in page.context["cl"].result_list], ["Nachtbus"])
        for language in ("de", "en"):
            self.assertContains(self.client.get(address), f"?language={language}")
        self.assertNotContains(self.client.get(address), "?language=fr")

    def test_one_row_costs_as_many_queries_as_25(self):
        first = make_book("First")
        make_review(first, make_reader("first"))
        lists = {"book": 7, "review": 5, "author": 4}

        for rows in [1, 25]:
            for name, queries in lists.items():
                with self.subTest(name=name, rows=rows), self.assertNumQueries(queries):
                    self.client.get(reverse(f"admin:books_{name}_changelist"))
            for book in make_books(24) if rows == 1 else []:
                make_review(book, make_reader(f"of-{book.title.replace(' ', '-')}".lower()))

    def test_all_books_can_be_priced_and_not_deleted(self):
        all_books = Bundle.objects.get(everything=True)

        self.client.post(
            self.change_url(all_books),
            {"title": "All Books", "slug": "all-books", "description": "", "price": "49", "everything": ""},
        )
        response = self.client.get(reverse("admin:books_bundle_delete", args=[all_books.pk]))

        all_books.refresh_from_db()
        self.assertEqual((all_books.price, all_books.everything), (4900, True))
        self.assertEqual(response.status_code, 403)

    def test_another_bundle_can_be_deleted(self):
        bundle = Bundle.objects.create(title="Two", slug="two", price=1000)

        response = self.client.post(reverse("admin:books_bundle_delete", args=[bundle.pk]), {"post": "yes"})

        self.assertEqual(response.status_code, 302)
        self.assertEqual(Bundle.objects.filter(everything=False).count(), 0)

    def test_readers_have_no_business_here(self):
        self.client.force_login(make_reader())

        response = self.client.get(reverse("admin:books_book_changelist"))

        self.assertEqual(response.status_code, 302)
        self.assertEqual(Book.objects.count(), 0)
