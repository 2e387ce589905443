from django.test import TestCase
from django.urls import reverse

from books.models import Bundle


class AboutTests(TestCase):
    url = reverse("about")

    def test_it_answers_a_buyers_questions(self):
        response = self.client.get(self.url)

        for text in ["All Books", "$39.00", "EPUB", "Refunds", "Stripe", "mailto:"]:
            self.assertContains(response, text)

    def test_it_names_no_price_when_all_books_are_off_the_shelf(self):
        Bundle.objects.all().delete()

        self.assertNotContains(self.client.get(self.url), "$")
