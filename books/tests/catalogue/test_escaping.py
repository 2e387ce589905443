"""Whatever is stored as words stays words on every page."""

import json
import re

from django.test import TestCase
from django.urls import reverse

from books.models import Review
from books.tests.builders import make_book, make_reader, make_review
from users.names import visible

ATTACKS = ['"><svg onload=alert(1)>', "</script><script>alert(1)</script>", "{{ 7|add:7 }}'\\\u2028&"]


class EscapingTests(TestCase):
    def test_stored_markup_is_never_markup_on_any_page(self):
        for attack in ATTACKS:
            book = make_book(
                f"Attack {attack}",
                subtitle=attack,
                authors=[attack],
                subjects=[attack],
                description=attack,
            )
            ada = make_reader(f"ada{len(attack)}")
            ada.username = attack
            ada.save()
            review = make_review(book, ada, text=attack)
            Review.objects.filter(pk=review.pk).update(reply=attack)
            book.chapters.update(title=attack, plain_text=f"Attack: {attack} and {attack}.")
            pages = [
                reverse("home"),
                reverse("book_list"),
                book.get_absolute_url(),
                reverse("search_results", query={"q": "attack"}),
                reverse("search_results", query={"q": attack}),
                reverse("search_inside", query={"q": "attack"}),
                reverse("search_inside", query={"q": attack}),
                reverse("book_search", args=[book.pk], query={"q": "alert"}),
            ]
            for page in pages:
                with self.subTest(attack=attack, page=page):
                    response = self.client.get(page)

                    self.assertEqual(response.status_code, 200)
                    self.assertNotContains(response, "<svg")
                    self.assertNotContains(response, "<script>")

    def test_search_engines_get_the_words_as_they_are(self):
        for attack in ATTACKS:
            with self.subTest(attack=attack):
                response = self.client.get(make_book(attack, description=attack).get_absolute_url())

                script = re.search(r"ld\+json\">(.*?)</script>", response.text, re.DOTALL)[1]
                self.assertEqual(json.loads(script)["name"], visible(attack))
                self.assertEqual(json.loads(script)["description"], attack)
                self.assertEqual(json.loads(script)["description"], attack)
