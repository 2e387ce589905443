"""What staff see and decide before a new edition is published."""

from unittest.mock import patch

from django.db import IntegrityError, transaction
from django.test import TestCase

from books import search
from books.models import Author, Book, Intake
from books.models.publishing import IntakeState, Likeness
from books.publishing.editions import earlier_edits
from books.publishing.editions.locking import lock, locked_in
from books.publishing.importing import import_epub
from books.publishing.lengths import largest_sample
from books.tests.cases import case
from books.tests.epubs import CHAPTERS, METADATA, make_epub, make_picture
from books.tests.publishing.test_intake import UPLOADS, IntakeCase, make_clerk
from users.models import CustomUser

NEW_ID = METADATA.replace("4ee55e27", "00000000")
NEW_OTHER = NEW_ID.replace("The Ferry", "Volume Two")
OTHER = METADATA.replace("The Ferry", "Volume Two").replace("Ada Quill", "Bo Ink")
LONG = "<p>" + "It rained all day. " * 60 + "</p>"


class ReviewCase(IntakeCase):
    def setUp(self):
        super().setUp()
        self.book = import_epub(make_epub(), price=900).book

    def page_of(self, intake, page=""):
        return self.client.get(f"{UPLOADS}{intake.pk}/{page}")

    def upload_file(self, file):
        self.upload(file)
        return Intake.objects.get(filename=file.name)

    def say(self, intake, is_edition):
        return self.client.post(
            f"{UPLOADS}{intake.pk}/edition/", {"is_edition": "yes" if is_edition else "no"}, follow=True
        )


class WhichBookTests(ReviewCase):
    def test_a_known_title_under_another_identifier_is_offered_as_an_edition(self):
        intake = self.upload_one(metadata=NEW_ID, chapters={**CHAPTERS, "x.xhtml": "<h1>Mud</h1>"})

        page = self.page_of(intake)
        refused = self.decide(intake, price="9", sample_chapters=1)

        self.assertContains(page, "“The Ferry” by the same author is in the shop under another identifier.")
        self.assertNotContains(page, "Import as a new book")
        self.assertContains(refused, "cannot be imported yet")
        self.assertEqual(Book.objects.count(), 1)
        self.assertContains(self.say(intake, True), "Replace “The Ferry” with this edition")
        self.decide(intake, sample_chapters=1)
        self.book.refresh_from_db()
        self.assertEqual((Book.objects.count(), self.book.chapters.count()), (1, 3))
        self.assertTrue(self.book.identifier.startswith("urn:uuid:00000000"))

    def test_it_may_be_another_book_all_the_same(self):
        intake = self.upload_one(metadata=NEW_ID)
        self.say(intake, True)

        page = self.say(intake, False)

        self.assertContains(page, "Import as a new book, unpublished")
        self.decide(intake, price="9", sample_chapters=1)
        self.assertEqual(Book.objects.filter(title="The Ferry").count(), 2)

    def test_another_book_with_a_known_identifier_is_sold_beside_the_first(self):
        isbn = "<dc:identifier>9783161484100</dc:identifier>"
        Book.objects.update(isbn="9783161484100")
        intake = self.upload_one(metadata=OTHER + isbn)

        page = self.page_of(intake)

        self.assertContains(page, "“The Ferry” has the identifier or ISBN of this file, but another title")
        self.assertContains(page, "This is another book")
        self.say(intake, False)
        self.decide(intake, price="9", sample_chapters=1)
        other = Book.objects.get(title="Volume Two")
        self.book.refresh_from_db()
        self.assertEqual((self.book.title, self.book.author_names), ("The Ferry", "Ada Quill"))
        self.assertNotEqual(other.identifier, self.book.identifier)
        self.assertEqual((self.book.isbn, other.isbn), ("9783161484100", ""))

    def test_the_next_edition_of_that_other_book_is_offered_as_its_own(self):
        self.say(intake := self.upload_one(metadata=OTHER), False)
        self.decide(intake, price="9", sample_chapters=1)

        again = self.upload_one(metadata=OTHER, chapters={**CHAPTERS, "x.xhtml": "<h1>Mud</h1>"})

        self.assertEqual((again.book.title, again.likeness), ("Volume Two", Likeness.ALIKE))

    def test_what_staff_typed_makes_a_file_no_other_book(self):
        Book.objects.update(title="The Ferry at Low Water")
        lock([self.book], ["title"])

        intake = self.upload_one(chapters={**CHAPTERS, "x.xhtml": "<h1>Mud</h1>"})

        self.assertEqual((intake.book, intake.likeness), (self.book, Likeness.KNOWN))

    def test_another_volume_does_not_replace_a_book_whose_title_or_author_staff_corrected(self):
        Book.objects.update(title="The Ferry at Low Water")
        lock([self.book], ["title", "authors"])
        for ours, theirs in [("The Ferry", "Volume Two"), ("Ada Quill", "Bo Ink")]:
            with self.subTest(theirs):
                volume = self.upload_one(metadata=METADATA.replace(ours, theirs))

                self.assertEqual((volume.book, volume.likeness), (self.book, Likeness.CONTRADICTED))

    def test_a_file_with_the_corrected_title_is_a_sure_edition_too(self):
        Book.objects.update(title="The Ferry at Low Water")
        lock([self.book], ["title"])
        search.index(Book.objects.get())

        intake = self.upload_one(metadata=METADATA.replace("The Ferry", "The Ferry at Low Water"))

        self.assertEqual((intake.book, intake.likeness), (self.book, Likeness.KNOWN))

    def test_the_title_before_the_correction_under_another_identifier_is_no_new_book_in_silence(self):
        Book.objects.update(title="The Ferry at Low Water")
        lock([self.book], ["title"])
        search.index(Book.objects.get())

        again, other = self.upload_one(metadata=NEW_ID), self.upload_one(metadata=NEW_OTHER)

        self.assertEqual((again.book, again.likeness), (self.book, Likeness.ALIKE))
        self.assertEqual((other.book, other.likeness), (None, Likeness.NONE))

    def test_nor_is_the_author_before_the_correction(self):
        self.book.authorships.all().delete()
        self.book.authorships.create(author=Author.objects.create(name="Adeline Quill"))
        lock([self.book], ["authors"])

        again = self.upload_one(metadata=NEW_ID)

        self.assertEqual((again.book, again.likeness), (self.book, Likeness.ALIKE))

    def test_a_corrected_book_whose_file_is_gone_is_asked_about(self):
        Book.objects.update(title="The Ferry at Low Water")
        lock([self.book], ["title"])
        search.index(Book.objects.get())
        self.book.epub.storage.delete(self.book.epub.name)

        intake = self.upload_one(chapters={**CHAPTERS, "x.xhtml": "<h1>Mud</h1>"})

        self.assertEqual((intake.book, intake.likeness), (self.book, Likeness.CONTRADICTED))

    def test_the_question_is_put_again_when_the_answer_is_about_another_book(self):
        intake = self.upload_one(metadata=NEW_ID, chapters={**CHAPTERS, "x.xhtml": "<h1>Mud</h1>"})
        self.say(intake, True)
        Book.objects.all().delete()

        page = self.decide(intake, sample_chapters=1)

        self.assertContains(page, "The shop has changed since you opened this page.")
        self.assertContains(page, "Import as a new book, unpublished")

    def test_a_sure_edition_and_a_decided_file_are_no_question(self):
        intake = self.upload_one(chapters={**CHAPTERS, "x.xhtml": "<h1>Mud</h1>"})

        self.assertNotContains(self.page_of(intake), "This is another book")
        self.assertContains(self.say(intake, False), "There is nothing to say about this file.")
        self.assertEqual(Intake.objects.get().said_edition, None)

    def test_an_edition_is_for_those_who_may_change_books(self):
        intake = self.upload_one(metadata=NEW_ID)
        self.client.force_login(make_clerk("add_book"))

        self.assertContains(self.say(intake, True), "Ask a colleague who can change books")
        self.assertEqual(self.client.post(f"{UPLOADS}{intake.pk}/").status_code, 403)
        self.client.force_login(
            CustomUser.objects.create_user("two@example.com", "testpass123", is_staff=True)
        )
        self.assertEqual(self.page_of(intake, "chapters/").status_code, 403)

    def test_cases(self):
        Book.objects.all().delete()
        book = import_epub(case("F05-export-monday")).book
        tuesday = self.upload_file(case("F05-export-tuesday"))
        self.assertEqual((tuesday.book, tuesday.likeness), (book, Likeness.ALIKE))
        first = import_epub(case("F03-first")).book
        other = self.upload_file(case("F06-same-id-other-book"))
        self.assertEqual((other.book, other.likeness), (first, Likeness.CONTRADICTED))
        broken = self.upload_file(case("F09-one-broken-link"))
        self.assertEqual(broken.error_count, 1)
        self.decide(broken, price="9", sample_chapters=1, accepts_errors="on")
        broken.refresh_from_db()
        self.assertEqual((broken.state, broken.accepted_by), (IntakeState.IMPORTED, self.grace))


class ChapterByChapterTests(ReviewCase):
    def test_every_kind_of_change_is_shown_with_the_words(self):
        old = {
            "one": "Rain\nIt rained all day.\nNobody came.",
            "two": "Mud\nIt dried.",
            "three": "Sun\nIt shone.",
        }
        self.publish(old)

        page = self.compare(
            {"new": "Before\nA word first.", **old, "one": "Rain\nIt rained all night.\nNobody came."}
        )

        for words in ["New", "Revised:", "1 word added,", "1 removed", "<ins>night.", "<del>day."]:
            self.assertContains(page, words)
        self.assertContains(page, "2 other chapters stay the same.")

    def test_chapters_that_are_renamed_moved_or_gone(self):
        self.publish({"one": "Rain\nIt rained.", "two": "Mud\nIt dried.", "three": "Sun\nIt shone."})

        page = self.compare({"three": "Sun\nIt shone.", "one": "Rainy\nIt rained."})

        for words in ["Moved", "Renamed", "<del>Rain</del>", "Gone"]:
            self.assertContains(page, words)

    def test_evil_words_are_only_words(self):
        self.publish({"one": "Rain\nIt rained."})

        page = self.compare({"one": "Rain\nIt &lt;script&gt;alert(1)&lt;/script&gt; rained."})

        self.assertNotContains(page, "<script>alert(1)")
        self.assertContains(page, "<ins>&lt;script&gt;alert(1)&lt;/script&gt;")

    def test_it_is_a_page_about_a_file_that_waits_and_its_book(self):
        self.assertEqual(
            self.page_of(self.upload_one(metadata=OTHER.replace("4ee55e27", "1")), "chapters/").status_code,
            404,
        )

    def publish(self, chapters):
        import_epub(make_epub(chapters=_bodies(chapters)), edition_of=self.book)

    def compare(self, chapters):
        return self.page_of(self.upload_one(chapters=_bodies(chapters)), "chapters/")


def _bodies(chapters):
    bodies = {}
    for name, text in chapters.items():
        title, *lines = text.split("\n")
        bodies[f"{name}.xhtml"] = f"<h1>{title}</h1>{''.join(f'<p>{line}</p>' for line in lines)}"
    return bodies


class FactsTests(ReviewCase):
    def test_what_staff_typed_stays_unless_they_choose_the_files(self):
        Book.objects.update(title="Our title", subtitle="Ours", description="Our words.")
        lock([self.book], ["title", "description"])
        intake = self.upload_one(
            metadata=METADATA.replace("The Ferry", "The Boat") + "<dc:description>Theirs.</dc:description>",
            chapters={**CHAPTERS, "x.xhtml": "<h1>Mud</h1>"},
        )

        page = self.say(intake, True)
        self.decide(intake, sample_chapters=1, taken=["description"])

        self.assertContains(page, "Title: “Our title” (typed by staff) becomes “The Boat”")
        self.assertContains(page, "Subtitle: “Ours” becomes empty")
        self.assertNotContains(page, "Language:")
        self.book.refresh_from_db()
        self.assertEqual(
            (self.book.title, self.book.subtitle, self.book.description), ("Our title", "Ours", "Theirs.")
        )
        self.assertEqual(locked_in(self.book), {"title", "subtitle"})

    def test_a_cover_is_one_of_the_facts(self):
        first = import_epub(make_epub(cover=make_picture()), edition_of=self.book).book.cover.name
        lock([self.book], ["cover"])
        intake = self.upload_one(cover=make_picture(colour="red"))

        self.assertContains(self.page_of(intake), "Cover: the file’s")
        self.decide(intake, sample_chapters=1)

        self.book.refresh_from_db()
        self.assertEqual(self.book.cover.name, first)


class EarlierEditsTests(ReviewCase):
    """Books that staff edited before what they typed was locked."""

    def setUp(self):
        super().setUp()
        described = METADATA + "<dc:description>Theirs.</dc:description><dc:subject>Ferries</dc:subject>"
        self.book = import_epub(make_epub(metadata=described), edition_of=self.book).book
        Book.objects.update(are_locks_complete=False, title="Our title", description="")
        self.book.subjects.clear()
        self.file = make_epub(
            metadata=described.replace("The Ferry", "The Boat") + "<dc:date>2020</dc:date>",
            chapters={**CHAPTERS, "x.xhtml": "<h1>Mud</h1>"},
        )
        self.file.name = "boat.epub"

    def test_what_differs_from_the_books_own_file_is_locked_before_staff_are_asked(self):
        intake = self.upload_file(self.file)

        page = self.say(intake, True)

        self.assertContains(page, "Title: “Our title” (typed by staff) becomes “The Boat”")
        self.assertContains(page, "Description: empty becomes “Theirs.”")
        self.assertContains(page, "Publication date: empty becomes")
        self.assertEqual(locked_in(self.book), {"title"})
        self.decide(intake, sample_chapters=1, taken=["description", "published"])
        self.book.refresh_from_db()
        self.assertEqual(
            (self.book.title, self.book.description, self.book.are_locks_complete),
            ("Our title", "Theirs.", True),
        )

    def test_an_import_without_questions_keeps_it_too_and_opens_the_old_file_once(self):
        with patch.object(earlier_edits, "examine_epub", wraps=earlier_edits.examine_epub) as examine:
            import_epub(self.file)
            import_epub(make_epub())

        self.book.refresh_from_db()
        self.assertEqual((self.book.title, examine.call_count), ("Our title", 1))

    def test_a_book_whose_file_is_gone_keeps_all_that_it_says(self):
        self.book.refresh_from_db()
        self.book.epub.storage.delete(self.book.epub.name)

        import_epub(self.file)

        self.book.refresh_from_db()
        self.assertEqual(self.book.title, "Our title")
        self.assertEqual(locked_in(self.book), {"title", "authors", "language"})

    def test_a_book_that_came_after_the_locks_follows_its_file(self):
        Book.objects.update(are_locks_complete=True, title="The Ferry")

        import_epub(self.file)

        self.book.refresh_from_db()
        self.assertEqual((self.book.title, locked_in(self.book)), ("The Boat", set()))


class SampleTests(ReviewCase):
    def test_it_is_asked_for_again_and_is_never_the_whole_book(self):
        chapters = {f"{number}.xhtml": f"<h1>{number}</h1>{LONG}" for number in range(8)}
        import_epub(make_epub(chapters=chapters))
        Book.objects.update(sample_chapters=3)
        intake = self.upload_one(chapters={"a.xhtml": LONG * 4, "b.xhtml": LONG * 4})

        page = self.page_of(intake)
        unanswered = self.decide(intake)
        refused = self.decide(intake, sample_chapters=2)

        self.assertContains(page, 'name="sample_chapters" value="1"')
        self.assertContains(unanswered, "This field is required.")
        self.assertContains(refused, "Ensure this value is less than or equal to 1.")
        self.assertEqual(Book.objects.get().sample_chapters, 3)
        self.decide(intake, sample_chapters=0)
        self.assertEqual(Book.objects.get().sample_chapters, 0)

    def test_an_import_without_questions_keeps_it_within_the_book(self):
        chapters = {f"{number}.xhtml": f"<h1>{number}</h1>{LONG}" for number in range(8)}
        import_epub(make_epub(chapters=chapters), sample_chapters=3)

        import_epub(make_epub(chapters={"a.xhtml": LONG, "b.xhtml": LONG}))

        self.assertEqual(Book.objects.get().sample_chapters, 1)

    def test_after_a_text_of_one_chapter_the_sample_is_asked_for_anew(self):
        import_epub(make_epub(chapters={"a.xhtml": LONG}))
        self.assertEqual(Book.objects.get().sample_chapters, 0)

        import_epub(make_epub(chapters={"a.xhtml": LONG, "b.xhtml": LONG}))

        self.assertEqual(Book.objects.get().sample_chapters, 1)

    def test_a_sample_that_staff_left_out_stays_out(self):
        Book.objects.update(sample_chapters=0)

        import_epub(make_epub(chapters={"a.xhtml": LONG, "b.xhtml": LONG}))

        self.assertEqual(Book.objects.get().sample_chapters, 0)

    def test_the_question_names_the_number_of_the_edition_on_sale(self):
        intake = self.upload_one(chapters={"a.xhtml": LONG, "b.xhtml": LONG, "c.xhtml": LONG})

        self.assertContains(self.page_of(intake), "In the edition on sale: 1.")

    def test_the_database_refuses_a_sample_of_the_whole_book(self):
        self.assertEqual(Book.objects.get().largest_sample, 1)

        with self.assertRaises(IntegrityError), transaction.atomic():
            Book.objects.update(sample_chapters=2)

        Book.objects.update(sample_chapters=1)

    def test_case(self):
        book = import_epub(case("F04-eight-chapters"), sample_chapters=3).book
        self.assertEqual(book.sample_chapters, 3)

        import_epub(case("F04-two-files"))

        book.refresh_from_db()
        self.assertEqual((book.sample_chapters, book.chapters.count()), (1, 2))


class LargestSampleTests(TestCase):
    def test_a_chapter_and_a_tenth_of_the_text_stay_outside(self):
        for lengths, most in [
            ([], 0),
            ([500], 0),
            ([500, 500], 1),
            ([500, 5], 0),
            ([5, 500, 5], 1),
            ([10] * 20, 18),
            ([0, 0, 0], 2),
        ]:
            with self.subTest(lengths=lengths):
                self.assertEqual(largest_sample(lengths), most)
