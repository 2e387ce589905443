"""Finding sentences inside the books, on either database, without showing what is closed."""

import time
import unicodedata
from contextlib import ExitStack
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client, TestCase, TransactionTestCase, override_settings
from django.urls import reverse
from django.utils import timezone

from books import access
from books.models import Chapter
from books.publishing.importing import import_epub
from books.search import bounded_queries, frequency
from books.search.bounded_queries import TooMuch
from books.search.inside import full_text
from books.search.inside import snippets as snippets_module
from books.search.inside.full_text import index_words, search_inside, terms_of
from books.search.inside.snippets import snippets, with_snippets
from books.tests.builders import make_book, make_reader, make_staff
from books.tests.epubs import make_epub
from books.views.search import inside as view

# A savepoint and a bound on time, and both taken away again.
QUERIES_THAT_BOUND = {"sqlite": 0, "postgresql": 4}
ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(3600)",
}


def write(book, *texts):
    """Put these texts into the book's chapters, from the first."""
    for number, text in enumerate(texts, 1):
        book.chapters.filter(number=number).update(plain_text=text)
    return book


class InsideTestCase(TestCase):
    url = reverse("search_inside")

    def setUp(self):
        cache.clear()

    def search(self, query, *, reader=None, book=None, **parameters):
        client = Client()
        if reader:
            client.force_login(reader)
        url = reverse("book_search", args=[book.pk]) if book else self.url
        return client.get(url, {"q": query} | parameters)

    def found(self, query, **where):
        """Return (title of the book, number of the chapter) of everything found."""
        chapters = self.search(query, **where).context["chapters"]
        return [(chapter.book.title, chapter.number) for chapter in chapters]

    def snippets(self, query, **where):
        """Return the snippets of the one chapter found, with its matches in [brackets]."""
        [chapter] = self.search(query, **where).context["chapters"]
        return [
            "".join(f"[{text}]" if matches else text for text, matches in snippet.pieces)
            for snippet in chapter.snippets
        ]


class WordsTests(InsideTestCase):
    def assert_finds(self, text, query, *expected):
        book = write(make_book(chapters=1), text)
        self.assertEqual(self.snippets(query, book=book), list(expected))

    def assert_finds_nothing(self, text, query):
        book = write(make_book(chapters=1), text)
        self.assertEqual(self.found(query, book=book), [])

    def test_the_sentence_is_shown_with_every_matching_word_marked(self):
        self.assert_finds(
            "The ferry left. It rained on the ferry, and on us. Nobody spoke.",
            "ferry",
            "The [ferry] left.",
            "It rained on the [ferry], and on us.",
        )

    def test_every_word_must_be_in_the_chapter_and_the_sentence_with_most_of_them_stands(self):
        text = "The ferry left.\nRain fell.\nRain fell on the ferry.\nThe ferry was late.\nThe ferry again."

        self.assert_finds(
            text, "ferry rain", "The [ferry] left.", "[Rain] fell.", "[Rain] fell on the [ferry]."
        )
        self.assert_finds_nothing(text, "ferry harbour")

    def test_three_sentences_at_most(self):
        book = write(make_book(chapters=1), "It rained. " * 50)

        self.assertEqual(self.snippets("rained", book=book), ["It [rained]."] * 3)

    def test_the_beginning_of_a_word_is_enough_but_not_its_end_nor_two_letters(self):
        self.assert_finds("The lanterns burn.", "lant", "The [lanterns] burn.")
        self.assert_finds_nothing("The lanterns burn.", "terns")
        self.assert_finds_nothing("The lanterns burn.", "la")

    def test_words_in_quotation_marks_stand_together_as_they_are(self):
        text = "She said that it was late. Was it late that day?"

        for query in ('"it was late"', "“it was late”", '"IT WAS, late"'):
            with self.subTest(query):
                self.assert_finds(text, query, "She said that [it was late].")
        self.assert_finds_nothing(text, '"late it was"')
        self.assert_finds_nothing(text, '"hat it was"')
        self.assert_finds_nothing(text, '"it was lat"')

    def test_a_phrase_goes_over_punctuation_and_far_into_a_long_chapter(self):
        filler = "Nothing happened here. " * 6000

        self.assert_finds(
            filler + "He left; then, it rained.", '"left then it"', "He [left; then, it] rained."
        )

    def test_case_accents_and_apostrophes_do_not_matter(self):
        text = "L’Été à Łódź: STRASSE und Straße, œuvre, Жук, Σίσυφος, İstanbul; don’t."

        for query, marked in [
            ("ete", "Été"),
            ("l'ete", "L’Été"),
            ("LODZ", "Łódź"),
            (unicodedata.normalize("NFD", "łódź"), "Łódź"),
            ("oeuvre", "œuvre"),
            ("жук", "Жук"),
            ("ΣΊΣΥΦΟΣ", "Σίσυφος"),
            ("istanbul", "İstanbul"),
            ("don't", "don’t"),
        ]:
            with self.subTest(query):
                self.assert_finds(text, query, text.replace(marked, f"[{marked}]"))
        for query in ("straße", "strasse"):
            self.assert_finds(text, query, text.replace("STRASSE", "[STRASSE]").replace("Straße", "[Straße]"))

    def test_letters_and_accents_stored_apart_are_marked_together(self):
        apart = unicodedata.normalize("NFD", "Un été.")

        self.assert_finds(apart, "été", unicodedata.normalize("NFD", "Un [été]."))

    def test_writing_without_spaces_is_found_anywhere_and_as_it_stands(self):
        text = "吾輩は猫である。名前はまだ無い。"

        self.assert_finds(text, "猫", "吾輩は[猫]である。")
        self.assert_finds(text, "猫であ", "吾輩は[猫であ]る。")
        self.assert_finds(text, "輩は 名前", "吾[輩は]猫である。", "[名前]はまだ無い。")
        self.assert_finds_nothing(text, "犬")
        self.assert_finds_nothing(text, "猫は")

    def test_so_it_is_far_into_a_long_chapter(self):
        text = "雨が降る。" * 8000 + "古い本屋がある。"

        self.assert_finds(text, "本屋", "古い[本屋]がある。")

    def test_a_very_long_sentence_is_cut_around_its_first_match(self):
        sentence = "and so on " * 100 + "until the ferry came " + "and so forth " * 100

        [snippet] = snippets(sentence, terms_of("ferry"))

        text = "".join(text for text, _ in snippet.pieces)
        self.assertIn("until the ferry came", text)
        self.assertRegex(text, r"^… .* …$")
        self.assertLess(len(text), 400)

    def test_a_text_of_more_different_words_than_an_index_holds_is_stored_and_found(self):
        text = " ".join(f"lantern{number:x}" for number in range(200_000))
        book = write(make_book(chapters=1), text)

        self.assertEqual(self.found("lantern5", book=book), [(book.title, 1)])

    def test_a_long_text_of_ordinary_words_is_found_to_its_end(self):
        book = write(make_book(chapters=1), "It rained on the harbour. " * 60_000 + "A walrus came.")

        self.assertEqual(self.snippets("walrus", book=book), ["A [walrus] came."])

    def test_both_databases_have_the_same_words(self):
        text = "L’Été à Łódź_x: STRASSE, þorn, ﬁne; 吾輩は cat。½ 3.5 Жук ΣΊΣΥΦΟΣ. i\u0307 ＦＵＬＬ"
        book = write(make_book(chapters=1), text)

        for word in index_words(text).split():
            with self.subTest(word):
                self.assertEqual(self.found(word, book=book), [(book.title, 1)])


class AccessTests(InsideTestCase):
    def setUp(self):
        super().setUp()
        self.book = write(
            make_book(chapters=3), "A public walrus.", "A gnarled walrus and an ocelot.", "Walrus."
        )
        self.other = write(make_book("Night Bus", chapters=2), "Another walrus.", "A gnarled lynx.")
        self.eve = make_reader("eve")

    def test_a_visitor_finds_samples_only(self):
        for reader in (None, self.eve):
            with self.subTest(reader):
                self.assertEqual(
                    self.found("walrus", reader=reader), [("Night Bus", 1), ("The Ferry at Low Water", 1)]
                )
                self.assertEqual(self.found("walrus", reader=reader, book=self.book), [(self.book.title, 1)])

    def test_what_is_closed_is_never_told_of(self):
        for query in ("ocelot", "lynx", '"gnarled walrus"', "walrus ocelot"):
            for reader in (None, self.eve):
                for book in (None, self.book, self.other):
                    with self.subTest(query, reader=reader, book=book):
                        response = self.search(query, reader=reader, book=book)
                        self.assertEqual(response.context["page"].paginator.count, 0)
                        self.assertNotContains(response, "gnarled" if "gnarled" not in query else "and an")

    def test_who_has_a_book_finds_all_of_it_before_the_samples_of_others(self):
        access.give(self.eve, self.book, by=make_staff(), note="A gift.")

        self.assertEqual(
            self.found("walrus", reader=self.eve),
            [(self.book.title, 1), (self.book.title, 2), (self.book.title, 3), ("Night Bus", 1)],
        )
        self.assertEqual(self.found("ocelot", reader=self.eve), [(self.book.title, 2)])
        self.assertEqual(self.found("lynx", reader=self.eve), [])

    def test_who_may_read_everything_finds_everything(self):
        bob = make_reader("bob", all_books=True)

        self.assertEqual(self.found("lynx", reader=bob), [("Night Bus", 2)])
        self.assertEqual(len(self.found("walrus", reader=bob)), 4)

    def test_access_that_has_ended_is_at_an_end_here_too(self):
        given = access.give(self.eve, self.book, by=make_staff(), note="A gift.")
        access.suspend([given], by=None)

        self.assertEqual(self.found("ocelot", reader=self.eve), [])

    def test_a_match_in_a_sample_comes_with_a_way_to_buy_and_one_in_an_own_book_without(self):
        sample = self.search("public")
        self.assertContains(sample, "From the sample.")
        self.assertContains(sample, f'href="/orders/?book={self.book.pk}"')
        self.assertContains(self.search("public", book=self.book), "This searches the sample only.")

        own = self.search("public", reader=make_reader("bob", all_books=True))
        self.assertContains(own, "walrus")
        self.assertNotContains(own, "From the sample.")
        self.assertNotContains(own, "/orders/?book=")

    def test_a_book_without_a_sample_shows_nothing(self):
        self.book.sample_chapters = 0
        self.book.save()

        self.assertEqual(self.found("public"), [])


class StepTests(InsideTestCase):
    """The index follows the chapters by itself."""

    def test_chapters_stored_again_are_found_by_their_new_words_only(self):
        book = write(make_book(chapters=1), "A walrus.")
        renewed = Chapter(book=book, number=1, title="One", html="<p>Lynx</p>", plain_text="A lynx.")
        fields = {"unique_fields": ["book", "number"], "update_fields": ["title", "html", "plain_text"]}
        Chapter.objects.bulk_create([renewed], update_conflicts=True, **fields)

        self.assertEqual(self.found("lynx", book=book), [(book.title, 1)])
        self.assertEqual(self.found("walrus", book=book), [])

    def test_an_imported_book_is_found_and_a_new_edition_of_it(self):
        book = import_epub(make_epub()).book
        word = max(book.chapters.get(number=1).plain_text.split(), key=len).strip(".,")

        self.assertEqual([number for _, number in self.found(word, book=book)][:1], [1])

    def test_a_deleted_book_is_found_no_more(self):
        book = write(make_book(chapters=1), "A walrus.")
        self.assertEqual(len(self.found("walrus")), 1)

        book.delete()

        self.assertEqual(self.found("walrus"), [])
        write(make_book("Night Bus", chapters=1), "A lynx.")
        self.assertEqual(self.found("walrus"), [])

    def test_a_changed_title_changes_nothing(self):
        book = write(make_book(chapters=1), "A walrus.")
        book.chapters.update(title="Renamed")

        self.assertEqual(self.found("walrus"), [(book.title, 1)])


class MigrationTests(TransactionTestCase):
    serialized_rollback = True

    def tearDown(self):
        # Every app: those whose migrations depend on the books' went back with them.
        call_command("migrate", verbosity=0)

    def test_chapters_that_were_there_before_the_index_are_found(self):
        book = write(make_book(chapters=1), "A walrus.")
        call_command("migrate", "books", "0011", verbosity=0)

        call_command("migrate", "books", verbosity=0)

        reader = make_reader("bob", all_books=True)
        self.assertEqual([found.book for found in search_inside(terms_of("walrus"), reader)], [book])


class PageTests(InsideTestCase):
    def test_without_a_question_it_shows_the_form(self):
        book = make_book()
        for query in ("", "   ", "\x07", "…", '""'):
            with self.subTest(query):
                self.assertContains(self.search(query), 'id="inside-search"')
                self.assertContains(self.search(query, book=book), 'id="inside-search"')

    def test_a_passage_leads_to_its_place_without_a_script(self):
        book = write(
            make_book(chapters=1), "He said nothing. A well-known walrus, they say, & “why”? Then it rained."
        )

        response = self.search("walrus")

        place = "A%20well%2Dknown%20walrus%2C%20they%20say%2C%20%26"
        self.assertContains(response, f'href="/books/{book.pk}/read/1/#:~:text={place}"')
        self.assertContains(response, "<mark>walrus</mark>, they say, &amp; “why”?")

    def test_a_script_gets_the_results_of_one_book_without_the_page_around_them(self):
        book = write(make_book(chapters=2), "A walrus said nothing.")

        response = self.search("walrus", book=book, panel="")

        self.assertContains(response, "<mark>walrus</mark> said nothing.")
        self.assertContains(response, "1 chapter with “walrus”")
        self.assertContains(response, "This searches the sample only.")
        self.assertTrue(response.text.strip().startswith("<div"))
        self.assertNotContains(
            self.search("walrus", book=book, panel="", reader=make_reader(all_books=True)), "only"
        )

    def test_the_results_in_the_bar_lead_on_to_all_of_them(self):
        book = write(make_book(chapters=12), *["A walrus & a lynx."] * 12)
        reader = make_reader(all_books=True)

        response = self.search("walrus & lynx", book=book, reader=reader, panel="")

        address = reverse("book_search", args=[book.pk])
        self.assertContains(response, f'href="{address}?q=walrus%20%26%20lynx"')
        self.assertContains(response, "<mark>walrus</mark>", count=view.CHAPTERS_PER_PAGE)

    def test_all_books_are_searched_on_a_page_only(self):
        write(make_book(chapters=1), "A walrus said nothing.")

        self.assertContains(self.search("walrus", panel=""), "<h1>")

    def test_what_is_written_in_a_book_is_text_on_the_page(self):
        write(make_book(chapters=1), "A <script>walrus</script> & <b>lynx</b>.")

        response = self.search("walrus")

        self.assertContains(
            response, "A &lt;script&gt;<mark>walrus</mark>&lt;/script&gt; &amp; &lt;b&gt;lynx&lt;/b&gt;."
        )

    def test_it_says_when_there_is_nothing_and_what_to_do_next(self):
        response = self.search("zebra")

        self.assertContains(response, "No results for “zebra”")
        self.assertContains(response, "/books/search/?q=zebra")

    def test_results_come_ten_a_page_and_turning_it_keeps_the_question(self):
        book = make_book(chapters=11, sample_chapters=11)
        write(book, *["A walrus."] * 11)

        response = self.search("walrus")

        self.assertContains(response, "<h1>11 chapters with “walrus”</h1>")
        self.assertEqual(len(response.context["chapters"]), 10)
        self.assertContains(response, '<a rel="next" href="?q=walrus&amp;page=2">Next</a>', html=True)
        self.assertEqual(self.found("walrus", page=2), [(book.title, 11)])
        self.assertEqual(self.search("walrus", page=3).status_code, 404)

    def test_nothing_that_can_be_typed_breaks_it(self):
        write(make_book(chapters=1), "A walrus.")
        for query in [
            '" OR NOT *', "night AND (", "NEAR(a b)", "{words}: x", "-walrus", "walrus:*A & !b | <->",
            "'; DROP TABLE books_book; --", "\\", "%", "%s", "_", "📚", "a\x07b\x1b", "\ud800", "ﷺ" * 300,
            "a" * 5000, "a b " * 1000, "<script>", '"', '"""', "猫" * 300, "a猫b" * 60, "\u0301\u0301", "’’",
        ]:  # fmt: skip
            with self.subTest(ascii(query[:20])):
                cache.clear()
                response = self.search(query.encode("utf-8", "surrogatepass"))
                self.assertEqual(response.status_code, 200)

    def test_an_unknown_book_is_not_found_and_a_post_not_allowed(self):
        url = reverse("book_search", args=["00000000-0000-4000-8000-000000000000"])

        self.assertEqual(self.client.get(url).status_code, 404)
        self.assertEqual(self.client.post(self.url).status_code, 405)

    def test_after_thirty_in_a_minute_one_waits_but_may_still_look_at_the_form(self):
        # The clock stands still: on a busy machine the minute would be over before the thirty are.
        self.enterContext(patch("time.time", return_value=time.time()))
        for _ in range(30):
            self.assertEqual(self.search("walrus").status_code, 200)

        self.assertContains(self.search("walrus"), "Too many attempts", status_code=429)
        self.assertEqual(self.search("walrus", book=make_book()).status_code, 429)
        self.assertEqual(self.search("").status_code, 200)

    @override_settings(ACCOUNT_RATE_LIMITS=False)
    def test_one_result_costs_as_many_queries_as_ten(self):
        self.client.force_login(make_reader("eve"))
        for number in range(10):
            write(make_book(f"Book {number}", chapters=1, authors=[f"Author {number}"]), "A walrus.")
        write(make_book("Lone", chapters=1), "A lynx.")
        # Asked once in ten minutes.
        frequency.rows()

        for query, results in (("lynx", 1), ("walrus", 10)):
            # Of them one for the sales that run.
            with self.assertNumQueries(9 + QUERIES_THAT_BOUND[connection.vendor]):
                response = self.client.get(self.url, {"q": query})
            self.assertEqual(len(response.context["chapters"]), results)


class BoundTests(InsideTestCase):
    """What one question, one reader and one address can cost."""

    def test_many_common_words_cost_what_five_of_them_cost(self):
        common = " ".join(f"t{first}{last}" for first in "aeiouwy" for last in "bcdfghj")
        self.assertEqual(len(common.split()), 49)
        eve = make_reader("eve")
        # The question says when it is asked: some books open at a moment.
        self.enterContext(patch("django.utils.timezone.now", return_value=timezone.now()))
        for many, five in {
            common: common.split()[:5],
            f'"{common}"': [f'"{" ".join(common.split()[:5])}"'],
            "猫" * 49: ["猫" * 5],
            "well-known " * 9 + "l'ete it trois-quatre": ["well-known", "it", "trois-quatre"],
        }.items():
            with self.subTest(many):
                terms = terms_of(many)

                self.assertLessEqual(sum(len(term.tokens) for term in terms), 5)
                asked, asked_for_five = (
                    str(search_inside(each, eve).query) for each in (terms, terms_of(" ".join(five)))
                )
                self.assertEqual(asked, asked_for_five)
                # No text is read of chapters that are only put in order.
                self.assertNotIn("plain_text", asked)

    def test_the_longest_words_are_looked_for_in_the_order_in_which_they_were_asked(self):
        def looked_for(query):
            return [" ".join(term.words) for term in terms_of(query)]

        self.assertEqual(
            looked_for("he is an old harbour master of lanterns and ferries"),
            ["old", "harbour", "master", "lanterns", "ferries"],
        )
        self.assertEqual(looked_for('in "it was late on that grey day" walrus'), ["it was late on that"])
        self.assertEqual(looked_for("吾輩は猫である"), ["吾輩は猫て"])
        self.assertEqual(looked_for('ferry "late rain"'), ["ferry", "late rain"])

    def test_a_long_question_finds_its_sentence_and_the_page_says_what_was_looked_for(self):
        text = "He is an old harbour master of lanterns and ferries."
        book = write(make_book(chapters=1), text)

        response = self.search(text)

        self.assertContains(response, "“old harbour master lanterns ferries”")
        self.assertEqual(self.found(text), [(book.title, 1)])
        self.assertNotContains(self.search("old harbour master"), "We search for five words at a time")

    def test_a_query_that_takes_too_long_is_given_up_and_the_next_is_not(self):
        with patch.object(bounded_queries, "MOST_MILLISECONDS", 50), connection.cursor() as cursor:
            with self.assertRaises(TooMuch), bounded_queries.bounded_queries():
                cursor.execute(ENDLESS[connection.vendor])
            with bounded_queries.bounded_queries():
                cursor.execute("SELECT 1")

        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SHOW statement_timeout")
                self.assertEqual(cursor.fetchone(), ("0",))

    def test_other_errors_of_the_database_stay_what_they_are(self):
        with self.assertRaises(OperationalError), bounded_queries.bounded_queries():
            raise OperationalError("The database is gone.")

    def test_whoever_asks_for_too_much_is_told_to_try_rarer_words(self):
        book = write(make_book(chapters=1), "A walrus.")
        asleep = patch.object(
            full_text.Contains, "as_postgresql", lambda *args: ("pg_sleep(3600) IS NULL", ())
        )
        with ExitStack() as stack:
            stack.enter_context(patch.object(bounded_queries, "MOST_MILLISECONDS", 50))
            stack.enter_context(patch.object(bounded_queries, "MOST_STEPS", 1))
            if connection.vendor == "postgresql":
                stack.enter_context(asleep)
            for where in (None, book):
                response = self.search("walrus", book=where)
                self.assertContains(response, "Try rarer words", status_code=503)

        self.assertEqual(self.found("walrus"), [(book.title, 1)])

    @pytest.mark.postgresql
    def test_words_in_too_many_chapters_to_sort_are_refused_at_once_but_not_in_one_book(self):
        book = write(make_book(chapters=4, sample_chapters=4), *["A walrus and a lynx."] * 3, "A lynx.")
        frequency._estimates_in.cache_clear()
        self.addCleanup(frequency._estimates_in.cache_clear)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE books_chapter")

        with patch.object(full_text, "MOST_SORTED", 3), patch.object(view, "find") as find:
            self.assertContains(self.search("lynx"), "Try rarer words", status_code=503)
            find.assert_not_called()
        with patch.object(full_text, "MOST_SORTED", 3):
            self.assertEqual(len(self.found("walrus")), 3)
            self.assertEqual(len(self.found("lynx", book=book)), 4)

    def test_while_two_search_the_next_is_asked_to_come_back_and_is_not_counted(self):
        book = write(make_book(chapters=1), "A walrus.")

        with view.TURNS.taken(), view.TURNS.taken():
            for where in (None, book) * 16:
                response = self.search("walrus", book=where)
                self.assertContains(response, "<h1>One moment, please</h1>", status_code=503)
                self.assertEqual(response.headers["Retry-After"], "5")
            self.assertContains(self.search(""), 'id="inside-search"')

        self.assertEqual(self.found("walrus"), [(book.title, 1)])

    def test_a_reader_s_searches_count_from_wherever_they_come(self):
        ada, bob = Client(REMOTE_ADDR="192.0.2.1"), Client(REMOTE_ADDR="192.0.2.2")
        reader = make_reader("ada")
        for client in (ada, bob):
            client.force_login(reader)
        for _ in range(30):
            self.assertEqual(ada.get(self.url, {"q": "walrus"}).status_code, 200)

        self.assertEqual(bob.get(self.url, {"q": "walrus"}).status_code, 429)
        bob.force_login(make_reader("bob"))
        self.assertEqual(bob.get(self.url, {"q": "walrus"}).status_code, 200)

    def test_counting_stops(self):
        book = make_book(chapters=4, sample_chapters=4)
        write(book, *["A walrus."] * 4)

        with patch.object(view, "MOST_COUNTED", 3):
            self.assertContains(self.search("walrus"), "<h1>3 or more chapters with “walrus”</h1>")
        self.assertContains(self.search("walrus"), "<h1>4 chapters with “walrus”</h1>")

    def test_of_a_long_text_no_more_is_read_than_is_needed_and_of_many_no_more_than_a_page_may(self):
        book = write(make_book(chapters=2), "It rained. " * 1000, "It rained.")
        terms = terms_of("rained")

        with patch.object(snippets_module, "folded", wraps=full_text.folded) as read:
            snippets("It rained. " * 1000, terms)
        self.assertLess(read.call_count, 10)

        with patch.object(snippets_module, "MOST_LETTERS", 11_000):
            first, second = with_snippets(list(book.chapters.order_by("number")), terms)
        self.assertEqual((len(first.snippets), len(second.snippets)), (3, 0))
