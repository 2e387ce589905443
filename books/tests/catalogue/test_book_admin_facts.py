"""Facts that are a file's or were typed by staff, and what happens to a book that is sold."""

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import TestCase
from django.urls import reverse

from books import access
from books.models import Book
from books.publishing.editions.locking import locked_in
from books.publishing.importing import import_epub
from books.tests.builders import make_book, make_bundle, make_reader, make_staff
from books.tests.epubs import METADATA, make_epub
from books.tests.publishing.test_intake import reader_order


class AdminCase(TestCase):
    def setUp(self):
        self.grace = make_staff()
        self.client.force_login(self.grace)


class TypedFactsTests(AdminCase):
    def setUp(self):
        super().setUp()
        self.book = import_epub(make_epub(metadata=METADATA + "<dc:subject>Tides</dc:subject>")).book
        self.address = reverse("admin:books_book_change", args=[self.book.pk])

    def change(self, **typed):
        authorship = self.book.authorships.get()
        form = {
            "title": "The Ferry",
            "language": "en",
            "sample_chapters": "1",
            "subjects": [subject.pk for subject in self.book.subjects.all()],
            "authorships-TOTAL_FORMS": "1",
            "authorships-INITIAL_FORMS": "1",
            "authorships-0-id": authorship.pk,
            "authorships-0-book": self.book.pk,
            "authorships-0-author": authorship.author_id,
            "authorships-0-position": "0",
            "other_editions-TOTAL_FORMS": "0",
            "other_editions-INITIAL_FORMS": "0",
        }
        response = self.client.post(self.address, form | typed)
        self.assertEqual(response.status_code, 302, response)

    def bring_edition(self):
        metadata = METADATA.replace("The Ferry", "The Boat").replace("Ada Quill", "Bo Ink")
        import_epub(make_epub(metadata=metadata + "<dc:description>Theirs.</dc:description>"))
        self.book.refresh_from_db()

    def test_what_staff_change_stays_theirs(self):
        self.change(title="The Ferry at Low Water", description="Ours.", price="9")
        self.assertEqual(locked_in(self.book), {"title", "description"})

        self.bring_edition()

        self.assertEqual((self.book.title, self.book.description), ("The Ferry at Low Water", "Ours."))
        self.assertEqual((self.book.author_names, self.book.price), ("Bo Ink", 900))

    def test_saving_without_a_change_makes_nothing_theirs(self):
        self.change()

        self.assertEqual(locked_in(self.book), set())
        self.bring_edition()
        self.assertEqual((self.book.title, self.book.description), ("The Boat", "Theirs."))

    def test_the_ends_of_lines_are_no_change(self):
        Book.objects.update(description="Two quays.\n\nOne boat.")

        self.change(description="Two quays.\r\n\r\nOne boat.")

        self.assertEqual(locked_in(self.book), set())
        self.book.refresh_from_db()
        self.assertEqual(self.book.description, "Two quays.\n\nOne boat.")

    def test_authors_are_facts_too(self):
        self.change(**{"authorships-0-position": "1"})

        self.bring_edition()

        self.assertEqual((self.book.author_names, self.book.title), ("Ada Quill", "The Boat"))

    def test_a_name_changed_for_the_whole_shop_stays_as_well(self):
        author, subject = self.book.authorships.get().author, self.book.subjects.get()
        self.client.post(reverse("admin:books_author_change", args=[author.pk]), {"name": "Ada M. Quill"})
        self.client.post(reverse("admin:books_subject_change", args=[subject.pk]), {"name": "The sea"})

        self.bring_edition()

        self.assertEqual(self.book.author_names, "Ada M. Quill")
        self.assertEqual(self.book.subjects.get().name, "The sea")

    def test_the_page_says_which_are_whose_and_gives_them_back(self):
        page = self.client.get(self.address)
        self.assertContains(page, "From the book’s file.")
        self.assertNotContains(page, "Take from the next file again")
        self.change(title="Ours")
        before = page.content.decode().count("From the book’s file.")

        page = self.client.get(self.address)

        self.assertContains(page, "From the book’s file.", count=before - 1)
        self.assertContains(page, "Take from the next file again")
        self.change(title="Ours", follow_file=["title"])
        self.assertEqual(locked_in(self.book), set())
        self.bring_edition()
        self.assertEqual(self.book.title, "The Boat")

    def test_a_sample_of_the_whole_book_is_refused(self):
        with self.assertRaisesMessage(AssertionError, "200 != 302"):
            self.change(sample_chapters="2")
        self.book.refresh_from_db()
        self.assertEqual(self.book.sample_chapters, 1)

    def test_a_book_without_text_takes_any(self):
        book = Book.objects.create(title="To come")
        form = {"title": "To come", "language": "en", "sample_chapters": "3"}
        management = {"authorships-TOTAL_FORMS": "0", "authorships-INITIAL_FORMS": "0"}
        management |= {"other_editions-TOTAL_FORMS": "0", "other_editions-INITIAL_FORMS": "0"}

        self.client.post(reverse("admin:books_book_change", args=[book.pk]), form | management)

        book.refresh_from_db()
        self.assertEqual(book.sample_chapters, 3)


class OwnedBookTests(AdminCase):
    def setUp(self):
        super().setUp()
        self.book, self.other = make_book("The Ferry"), make_book("The Tram")
        self.bundle = make_bundle("Journeys", self.book)

    def delete(self, *books):
        """Send the deletion as confirmed, of one book on its page, of several in the list."""
        if len(books) == 1:
            return self.client.post(reverse("admin:books_book_delete", args=[books[0].pk]), {"post": "yes"})
        chosen = [str(book.pk) for book in books]
        choice = {"action": "delete_selected", ACTION_CHECKBOX_NAME: chosen, "post": "yes"}
        return self.client.post(reverse("admin:books_book_changelist"), choice)

    def test_who_owns_it_is_said_through_whatever_set(self):
        ada, bob, cy, dee = (make_reader(name) for name in ["ada", "bob", "cy", "dee"])
        access.grant(ada, self.book, order_id=reader_order(ada))
        access.grant(bob, self.bundle, order_id=reader_order(bob))
        access.give_permission(cy, by=None)
        access.give(dee, self.book, by=self.grace, note="A friend.")
        said = "4 people own it: 1 bought it, 1 with a bundle, 1 with All Books, 1 given it by staff."

        for books in [(self.book,), (self.book, self.other)]:
            page = self.delete(*books)

            self.assertContains(page, f"“The Ferry”: {said}")
            self.assertContains(page, "Take out of the shop")
        self.assertEqual(Book.objects.count(), 2)

    def test_all_books_alone_is_enough(self):
        make_reader("cy", all_books=True)

        self.assertContains(self.delete(self.other), "1 person owns it: 1 with All Books.")

        self.assertEqual(Book.objects.count(), 2)

    def test_a_bundle_bought_before_the_book_joined_it_is_enough(self):
        bob = make_reader("bob")
        access.grant(bob, self.bundle, order_id=reader_order(bob))
        self.bundle.books.add(self.other)

        self.assertContains(self.delete(self.other), "1 person owns it: 1 with a bundle.")

    def test_a_refunded_order_still_refers_to_it(self):
        ada = make_reader("ada")
        access.grant(ada, self.book, order_id=reader_order(ada))
        access.revoke(ada, self.book, order_id=reader_order(ada), reason=access.REFUNDED)

        self.assertContains(self.delete(self.book), "Somebody owned it, and their order refers to it.")

        self.assertEqual(Book.objects.count(), 2)

    def test_the_page_takes_it_out_of_the_shop_instead(self):
        make_reader("cy", all_books=True)
        page = self.delete(self.book)

        choice = {"action": "unpublish", ACTION_CHECKBOX_NAME: [str(self.book.pk)], "index": "0"}
        self.assertContains(page, 'name="action" value="unpublish"')
        self.client.post(reverse("admin:books_book_changelist"), choice)

        self.book.refresh_from_db()
        self.assertFalse(self.book.is_published)

    def test_a_book_that_nobody_owns_is_deleted(self):
        make_reader("bob")
        page = self.client.get(reverse("admin:books_book_delete", args=[self.book.pk]))
        self.assertContains(page, "Nobody owns this book.")

        self.delete(self.book)

        self.assertEqual(list(Book.objects.all()), [self.other])

    def test_never_published_it_is_nobodys_through_a_set(self):
        Book.objects.update(is_published=False, first_published_at=None)
        make_reader("cy", all_books=True)

        self.delete(self.book, self.other)

        self.assertEqual(Book.objects.count(), 0)

    def test_many_books_are_asked_about_in_a_few_queries(self):
        make_reader("cy", all_books=True)
        books = [make_book(f"Book {number}") for number in range(30)]

        self.assertContains(self.delete(*books), "1 person owns it", count=20)
        self.assertEqual(len(access.ever_owned(Book.objects.all())), 32)
        with self.assertNumQueries(4):
            access.ever_owned(Book.objects.all())
