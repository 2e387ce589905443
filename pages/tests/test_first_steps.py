"""What a new shop has to do, on the admin's first page until it is done."""

from django.conf import settings
from django.test import TestCase, override_settings
from django.urls import reverse

from books.tests.builders import make_book, make_reader, make_staff
from pages.first_steps import first_steps
from pages.models import ShopSettings
from pages.tests.builders import make_page

INDEX = reverse("admin:index")
STEPS = reverse("admin:first_steps")


class FirstStepsTests(TestCase):
    def setUp(self):
        self.grace = make_staff()
        self.client.force_login(self.grace)

    def done(self):
        return [step.is_done for step in first_steps()]

    def test_an_empty_shop_leads_to_five_steps_and_each_to_where_it_is_done(self):
        response = self.client.get(INDEX)

        self.assertContains(response, "First steps")
        with override_settings(STRIPE_WEBHOOK_SECRETS=[]):
            self.assertEqual(self.done(), [False] * 5)
        for step in first_steps():
            if step.address.startswith("/"):
                self.assertContains(response, step.address)
                self.assertEqual(self.client.get(step.address, follow=True).status_code, 200)

    def test_the_admin_has_the_shop_s_name(self):
        page = self.client.get(INDEX)

        self.assertContains(page, f'<a href="{INDEX}">{settings.SHOP.name}</a>', html=True)
        self.assertNotContains(page, "Django")

    def test_each_step_ticks_itself_once_it_is_true(self):
        with override_settings(STRIPE_WEBHOOK_SECRETS=[]):
            row = ShopSettings.objects.create(name="Salt & Paper")
            self.assertEqual(self.done(), [True, False, False, False, False])
            ShopSettings.objects.update(base_currency="eur")
            self.assertEqual(self.done(), [True, True, False, False, False])
            make_book()
            self.assertEqual(self.done(), [True, True, True, False, False])
        self.assertEqual(self.done(), [True, True, True, True, False])
        for kind in ("imprint", "terms"):
            make_page(kind, "x", began_as=kind)
        self.assertEqual(self.done(), [True, True, True, True, False])
        make_page("privacy", "x", began_as="privacy")

        self.assertEqual(self.done(), [True] * 5)
        self.assertNotContains(self.client.get(INDEX), "First steps")
        self.assertIs(row.first_steps_dismissed, False)

    def test_they_can_be_hidden_and_found_again(self):
        response = self.client.post(STEPS, follow=True)

        self.assertRedirects(response, INDEX)
        self.assertNotContains(response, 'id="first-steps"')
        self.assertContains(self.client.get(STEPS), "Give the shop its name")
        self.assertContains(self.client.get(reverse("admin:pages_shopsettings_change", args=[1])), STEPS)

    def test_staff_who_may_not_change_the_settings_neither_see_nor_hide_them(self):
        helper = make_reader("helper")
        helper.is_staff = True
        helper.save()
        self.client.force_login(helper)

        self.assertNotContains(self.client.get(INDEX), "First steps")
        self.assertEqual(self.client.get(STEPS).status_code, 403)
        self.assertEqual(self.client.post(STEPS).status_code, 403)
        self.assertIs(ShopSettings.objects.exists(), False)
