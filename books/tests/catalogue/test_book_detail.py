import json
import re
import uuid
from datetime import date
from unittest.mock import patch

from django.test import TestCase
from django.urls import reverse

from books.models import Bundle, Position
from books.tests.builders import make_book, make_bundle, make_reader, make_review


def structured_data(response):
    """Return what the page tells search engines."""
    script = re.search(r'<script type="application/ld\+json">(.*?)</script>', response.text, re.DOTALL)
    return json.loads(script[1])


class BookDetailTests(TestCase):
    def test_it_names_the_book_and_its_facts(self):
        book = make_book(
            "Fähre",
            subtitle="Bei Niedrigwasser",
            authors=["Grace Möller", "Ada Quill"],
            subjects=["Fiction"],
            chapters=3,
            language="de",
            published=date(2024, 5, 13),
            isbn="9783161484100",
            word_count=48_210,
            description="First.\n\nSecond.",
        )

        response = self.client.get(book.get_absolute_url())

        for text in [
            '<h1 id="title" lang="de">Fähre</h1>',
            "Bei Niedrigwasser",
            f'<a href="{book.authors.last().get_absolute_url()}">Grace Möller</a>',
            "<p>First.</p><p>Second.</p>",
            "<dd>German</dd>",
            "<dd>48,210 words, about 3 hours</dd>",
            "<dd>3</dd>",
            "<dd>May 13, 2024</dd>",
            "<dd>9783161484100</dd>",
            f'<a href="{book.subjects.get().get_absolute_url()}">Fiction</a>',
        ]:
            self.assertContains(response, text, html=True)

    def test_a_short_book_is_measured_in_minutes_and_an_unknown_language_by_its_tag(self):
        book = make_book(word_count=10_000, language="tlh")

        response = self.client.get(book.get_absolute_url())

        self.assertContains(response, "10,000 words, about 40 minutes")
        self.assertContains(response, "<dd>tlh</dd>", html=True)

    def test_the_address_without_its_slash_redirects(self):
        url = make_book().get_absolute_url()

        self.assertRedirects(self.client.get(url.rstrip("/")), url, status_code=301)

    def test_an_unknown_book_is_not_found(self):
        self.assertEqual(self.client.get(reverse("book_detail", args=[uuid.uuid4()])).status_code, 404)

    def test_a_visitor_is_offered_the_book_every_set_that_has_it_and_the_sample(self):
        book = make_book(chapters=2, sample_chapters=1)
        make_bundle("Two Journeys", book, make_book("Another"), price=1500)
        make_bundle("Without it", make_book("A third"), price=1400)

        response = self.client.get(book.get_absolute_url())

        self.assertContains(response, f'href="/orders/?book={book.pk}">Buy for $9.00</a>')
        self.assertContains(response, '<a href="/books/bundles/two-journeys/">Two Journeys</a>', html=True)
        self.assertContains(response, "$15.00")
        self.assertContains(response, "$39.00")
        self.assertNotContains(response, "$14.00")
        self.assertContains(response, "Read the sample")
        self.assertNotContains(response, ">Read</a>")
        self.assertContains(response, reverse("book_read", args=[book.pk, 1]))
        self.assertNotContains(response, reverse("book_read", args=[book.pk, 2]))

    def test_an_owner_is_offered_the_whole_book_and_nothing_to_buy(self):
        book = make_book(chapters=2, sample_chapters=1)
        self.client.force_login(make_reader("ada", all_books=True))

        response = self.client.get(book.get_absolute_url())

        self.assertContains(response, f'href="{reverse("book_read_start", args=[book.pk])}">Read</a>')
        self.assertContains(response, reverse("book_read", args=[book.pk, 2]))
        self.assertNotContains(response, "$")
        self.assertNotContains(response, "sample")

    def test_an_owner_goes_on_where_they_are_and_begins_again_at_the_end(self):
        book, owner = make_book(chapters=2), make_reader("ada", all_books=True)
        self.client.force_login(owner)
        Position.objects.keep(make_reader(), book.chapters.get(number=2), 0.5)
        start = reverse("book_read_start", args=[book.pk])
        self.assertContains(self.client.get(book.get_absolute_url()), f'href="{start}">Read</a>')

        Position.objects.keep(owner, book.chapters.get(number=2), 0.0)
        page = self.client.get(book.get_absolute_url())

        self.assertContains(page, f'href="{start}">Continue at chapter 2</a>')
        self.assertContains(page, "You’ve read 50%.")

        Position.objects.keep(owner, book.chapters.get(number=2), 1.0)
        page = self.client.get(book.get_absolute_url())

        self.assertContains(page, f'href="{reverse("book_read", args=[book.pk, 1])}">Read again</a>')
        self.assertNotContains(page, "You’ve read")

    def test_whoever_has_read_the_sample_is_offered_the_book_and_not_to_go_on(self):
        book, other = make_book("A", chapters=2), make_book("B")
        bob = make_reader()
        self.client.force_login(bob)
        Position.objects.keep(bob, book.chapters.get(number=1), 0.5)

        self.assertContains(self.client.get(book.get_absolute_url()), "Buy for $9.00")
        related = self.client.get(other.get_absolute_url())
        self.assertContains(related, f'href="{reverse("orders")}?book={book.pk}"')
        self.assertNotContains(related, "Continue at chapter")

    def test_a_related_book_says_whether_it_is_to_be_bought_or_read_on(self):
        book, other = make_book("A", chapters=2), make_book("B")
        ada = make_reader("ada", all_books=True)
        Position.objects.keep(ada, book.chapters.get(number=2), 0.0)
        self.assertContains(self.client.get(other.get_absolute_url()), f'?book={book.pk}">Buy')

        self.client.force_login(ada)

        self.assertContains(self.client.get(other.get_absolute_url()), "Continue at chapter 2")

    def test_what_the_book_says_of_its_accessibility_is_told_in_sections(self):
        facts = {
            "accessModeSufficient": ["textual"],
            "accessibilityFeature": ["alternativeText"],
            "accessibilityHazard": ["none"],
            "accessibilitySummary": ["<b>All</b> pictures are described."],
        }
        book = make_book(accessibility=facts)

        page = self.client.get(book.get_absolute_url())

        summary, _, rest = page.text.partition('<details class="accessibility-more">')
        self.assertIn("<h3>Ways of reading</h3>", summary)
        self.assertIn("<li>The whole book can be read aloud or in braille.</li>", summary)
        for heading in ("Conformance", "Navigation", "Hazards", "Accessibility summary"):
            self.assertIn(f"<h3>{heading}</h3>", rest)
        self.assertIn("<li>There are no hazards.</li>", rest)
        self.assertContains(page, "&lt;b&gt;All&lt;/b&gt; pictures are described.")

    def test_a_book_that_says_nothing_of_it_claims_nothing(self):
        response = self.client.get(make_book().get_absolute_url())

        self.assertContains(response, "No information is available.", count=1)
        self.assertNotContains(response, "Ways of reading")
        self.assertEqual([name for name in structured_data(response) if "access" in name], [])

    def test_search_engines_are_told_how_accessible_it_is_whatever_the_words(self):
        evil = '</script><script>alert(1)</script>"\\\u2028'
        facts = {
            "accessMode": ["textual", "visual"],
            "accessModeSufficient": ["textual", "textual, visual"],
            "accessibilityFeature": [evil, "alternativeText"],
            "accessibilityHazard": ["none"],
            "accessibilitySummary": [evil, "Another."],
        }
        response = self.client.get(make_book(accessibility=facts).get_absolute_url())

        data = structured_data(response)

        self.assertEqual(
            {name: value for name, value in data.items() if "access" in name},
            facts
            | {
                "accessModeSufficient": [
                    {"@type": "ItemList", "itemListElement": ["textual"]},
                    {"@type": "ItemList", "itemListElement": ["textual", "visual"]},
                ],
                "accessibilitySummary": evil,
            },
        )
        self.assertNotContains(response, "<script>alert")

    def test_a_book_without_text_or_sample_offers_none(self):
        for book in [make_book(chapters=0), make_book(sample_chapters=0)]:
            self.assertNotContains(self.client.get(book.get_absolute_url()), "Read the sample")

    def test_a_book_that_nothing_on_sale_opens_says_so(self):
        book = make_book(price=None)
        Bundle.objects.all().delete()

        response = self.client.get(book.get_absolute_url())

        self.assertContains(response, "isn’t for sale right now")
        self.assertNotContains(response, "Buy")
        self.assertNotIn("offers", structured_data(response))

    def test_reviews_are_counted_averaged_and_shown_ten_a_page(self):
        book = make_book()
        for number in range(11):
            make_review(
                book, make_reader(f"reader{number}"), rating=5 if number else 2, text=f"Review {number}."
            )

        first = self.client.get(book.get_absolute_url())
        second = self.client.get(book.get_absolute_url(), {"page": 2})

        self.assertContains(first, "4.7 out of 5 from 11 reviews")
        self.assertEqual(len(first.context["reviews"]), 10)
        self.assertNotContains(first, "Review 0.")
        self.assertContains(second, "Review 0.")

    def test_a_page_of_reviews_beyond_the_last_is_not_found(self):
        response = self.client.get(make_book().get_absolute_url(), {"page": 2})

        self.assertEqual(response.status_code, 404)

    def test_a_book_without_reviews_says_so_and_has_no_rating(self):
        response = self.client.get(make_book().get_absolute_url())

        self.assertContains(response, "No reviews yet.")
        self.assertNotIn("aggregateRating", structured_data(response))

    def test_a_review_shows_a_public_name_and_never_an_address(self):
        book = make_book()
        make_review(book, make_reader("ada"))
        make_review(book)

        response = self.client.get(book.get_absolute_url())

        self.assertContains(response, "<strong>Ada</strong>")
        self.assertContains(response, "A former reader")
        self.assertNotContains(response, "ada@example.com")

    def test_search_engines_are_told_what_it_is_and_costs(self):
        book = make_book(published=date(2024, 5, 13), isbn="9783161484100", authors=["Ada Quill", "Oren"])
        make_review(book, rating=4)

        data = structured_data(self.client.get(book.get_absolute_url()))

        self.assertEqual(
            data,
            {
                "@context": "https://schema.org",
                "@type": "Book",
                "url": f"http://testserver{book.get_absolute_url()}",
                "name": "The Ferry at Low Water",
                "author": [{"@type": "Person", "name": "Ada Quill"}, {"@type": "Person", "name": "Oren"}],
                "inLanguage": "en",
                "description": "Eleven minutes across.",
                "datePublished": "2024-05-13",
                "isbn": "9783161484100",
                "aggregateRating": {"@type": "AggregateRating", "ratingValue": "4.0", "reviewCount": 1},
                "offers": {
                    "@type": "Offer",
                    "name": "The Ferry at Low Water",
                    "price": "9.00",
                    "priceCurrency": "USD",
                    "availability": "https://schema.org/InStock",
                },
                "bookFormat": "https://schema.org/EBook",
            },
        )

    def test_books_by_the_same_author_come_before_those_on_the_same_subject(self):
        book = make_book(authors=["Ada Quill"], subjects=["Fiction"])
        by_author = make_book("Dear Upstairs", authors=["Ada Quill"])
        # Came on the shelf later.
        by_subject = make_book("Night Bus", authors=["Oren"], subjects=["Fiction"])
        make_book("Supper", authors=["Grace"], subjects=["Cookery"])

        related = self.client.get(book.get_absolute_url()).context["related"]

        self.assertEqual([each.pk for each in related], [by_author.pk, by_subject.pk])

    def test_only_the_latest_of_an_author_are_looked_at(self):
        book = make_book(authors=["Ada Quill"])
        early, *_ = (make_book(f"Book {number}", authors=["Ada Quill"]) for number in range(3))
        make_book("Not yet", authors=["Ada Quill"], is_published=False)
        with patch("books.models.catalogue.related.LATEST", 2):
            related = self.client.get(book.get_absolute_url()).context["related"]

        self.assertEqual({each.title for each in related}, {"Book 1", "Book 2"})
        self.assertNotIn(early.pk, [each.pk for each in related])

    def test_a_book_without_author_and_subject_has_no_related_books(self):
        make_book("Night Bus")

        related = self.client.get(make_book(authors=()).get_absolute_url()).context["related"]

        self.assertEqual(related, [])

    def test_one_review_and_one_related_book_cost_as_many_queries_as_25(self):
        book = make_book(subjects=["Fiction"])
        make_review(book, make_reader("first"))
        make_book("Night Bus", subjects=["Fiction"])
        with self.assertNumQueries(12):
            self.client.get(book.get_absolute_url())
        for number in range(24):
            make_review(book, make_reader(f"reader{number}"))
            make_book(f"Book {number}", subjects=["Fiction"], authors=["Ada Quill", f"Author {number}"])
        with self.assertNumQueries(12):
            self.client.get(book.get_absolute_url())
        with self.assertNumQueries(1):
            self.client.get(book.get_absolute_url())

    def test_a_reader_costs_as_many_for_one_set_with_the_book_as_for_25(self):
        book = make_book(subjects=["Fiction"])
        make_review(book)
        self.client.force_login(make_reader())
        with self.assertNumQueries(18):
            self.client.get(book.get_absolute_url())

        for number in range(24):
            make_bundle(f"Bundle {number}", book)
        with self.assertNumQueries(18):
            self.client.get(book.get_absolute_url())
        with self.assertNumQueries(8):
            self.client.get(book.get_absolute_url())

    def test_an_owner_costs_as_many_whether_there_are_reviews_or_not(self):
        book = make_book(subjects=["Fiction"])
        owner = make_reader("ada", all_books=True)
        self.client.force_login(owner)
        make_review(book, owner)
        with self.assertNumQueries(17):
            self.client.get(book.get_absolute_url())
        for number in range(24):
            make_review(book, make_reader(f"reader{number}"))
        with self.assertNumQueries(17):
            self.client.get(book.get_absolute_url())
        with self.assertNumQueries(7):
            self.client.get(book.get_absolute_url())
