"""The form of the shop's settings in the admin."""

from io import BytesIO

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.urls import reverse
from PIL import Image

from books.tests.builders import make_book, make_reader, make_staff
from orders.tests.builders import make_order
from pages.first_steps import dismiss_first_steps
from pages.models import ShopSettings

LIST = reverse("admin:pages_shopsettings_changelist")
ADD = reverse("admin:pages_shopsettings_add")
CHANGE = reverse("admin:pages_shopsettings_change", args=[1])
TYPED = {
    "name": "Salt & Paper",
    "base_currency": "eur",
    "locale": "de_DE",
    "time_zone": "Europe/Berlin",
    "refund_days": "30",
    "first_section": "newest",
    "second_section": "text",
}


def picture(width=300, height=100, kind="PNG", mode="RGBA"):
    file = BytesIO()
    Image.new(mode, (width, height), "navy").save(file, kind)
    return SimpleUploadedFile("logo.png", file.getvalue())


class SettingsTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.grace = make_staff()

    def setUp(self):
        self.client.force_login(self.grace)

    def save(self, **typed):
        address = CHANGE if ShopSettings.objects.exists() else ADD
        return self.client.post(address, TYPED | typed)

    def assert_refused(self, sentence, **typed):
        before = list(ShopSettings.objects.values())

        response = self.save(**typed)

        self.assertContains(response, sentence)
        self.assertEqual(list(ShopSettings.objects.values()), before)

    def test_the_list_leads_straight_to_the_one_form(self):
        self.assertRedirects(self.client.get(LIST), ADD)

        self.save()

        self.assertRedirects(self.client.get(LIST), CHANGE)
        self.assertRedirects(self.client.get(ADD), CHANGE)
        self.assertRedirects(self.client.post(ADD, TYPED | {"name": "Another"}), CHANGE)
        self.assertEqual(ShopSettings.objects.get().name, "Salt & Paper")

    def test_saving_leads_on_to_the_next_first_step_until_they_are_hidden(self):
        for _ in ("added", "changed"):
            response = self.save()
            self.assertRedirects(response, reverse("admin:index"))
        dismiss_first_steps()

        self.assertRedirects(self.save(), LIST, target_status_code=302)

    def test_the_admin_never_offers_to_add_settings_because_the_list_leads_to_the_form(self):
        for _ in range(2):
            index = self.client.get(reverse("admin:index"))
            self.assertContains(index, f'href="{LIST}"')
            self.assertNotContains(index, f'href="{ADD}"')
            self.save()

    def test_what_staff_type_is_what_the_shop_says(self):
        self.save()

        shop = ShopSettings.objects.get()
        self.assertEqual((shop.name, shop.currency, shop.locale), ("Salt & Paper", "eur", "de_DE"))
        self.assertEqual((shop.time_zone, shop.refund_days), ("Europe/Berlin", 30))
        self.assertEqual(shop.home_sections, ["newest", "text"])

    def test_the_form_of_a_new_shop_begins_with_what_the_shop_does_now(self):
        begun = self.client.get(ADD).context["adminform"].form

        self.assertEqual((begun["locale"].value(), begun["time_zone"].value()), ("en_US", "UTC"))

        self.save()
        later = self.client.get(CHANGE).context["adminform"].form
        self.assertEqual((later["locale"].value(), later["time_zone"].value()), ("de_DE", "Europe/Berlin"))

    def test_every_change_is_in_the_history_with_who_made_it(self):
        self.save()
        self.save(tagline="Books about the sea")

        self.assertEqual(LogEntry.objects.filter(user=self.grace).count(), 2)
        self.assertContains(self.client.get(reverse("admin:pages_shopsettings_history", args=[1])), "Tagline")

    def test_a_section_of_the_home_page_is_shown_once(self):
        self.assert_refused("each section only once", second_section="newest")

    def test_an_accent_that_is_too_pale_is_refused_with_its_contrast(self):
        self.assert_refused("its contrast on our pages is 1.8 to 1", accent="#ff9900")
        self.assert_refused("such as #9c3418", accent="red")

        self.save(accent=" #005F73")

        self.assertEqual(ShopSettings.objects.get().accent, "#005f73")

    def test_an_address_elsewhere_must_be_whole(self):
        self.assert_refused("is not a full address", social_addresses="@salt")
        self.assert_refused("is not a full address", social_addresses="javascript:alert(1)")

        self.save(social_addresses="https://www.salt.example/a\nhttps://b.example")

        self.assertEqual(
            ShopSettings.objects.get().social_links,
            (("salt.example", "https://www.salt.example/a"), ("b.example", "https://b.example")),
        )

    def test_the_settings_cannot_be_deleted(self):
        self.save()

        response = self.client.post(reverse("admin:pages_shopsettings_delete", args=[1]), {"post": "yes"})

        self.assertEqual(response.status_code, 403)
        self.assertEqual(ShopSettings.objects.count(), 1)

    def test_nobody_without_the_permission_sees_or_changes_them(self):
        self.save()
        helper = make_reader("helper")
        helper.is_staff = True
        helper.save()
        self.client.force_login(helper)

        self.assertEqual(self.client.get(CHANGE).status_code, 403)
        self.assertEqual(self.save(name="Mine").status_code, 403)

        helper.user_permissions.add(Permission.objects.get(codename="view_shopsettings"))
        self.assertContains(self.client.get(CHANGE), "Salt &amp; Paper")
        self.assertEqual(self.save(name="Mine").status_code, 403)
        self.assertEqual(ShopSettings.objects.get().name, "Salt & Paper")


class CurrencyTests(TestCase):
    def setUp(self):
        self.client.force_login(make_staff())
        self.client.post(ADD, TYPED)

    def test_it_can_be_changed_until_the_first_order(self):
        self.client.post(CHANGE, TYPED | {"base_currency": "gbp"})

        self.assertEqual(ShopSettings.objects.get().currency, "gbp")

    def test_from_then_on_it_stays_in_the_form_and_by_the_rule(self):
        make_order(make_reader("ada"), product=make_book())

        self.client.post(CHANGE, TYPED | {"base_currency": "gbp", "name": "Still open"})

        stored = ShopSettings.objects.get()
        self.assertEqual((stored.currency, stored.name), ("eur", "Still open"))
        self.assertContains(self.client.get(CHANGE), "Fixed, because you have orders in it.")
        stored.base_currency = "gbp"
        with self.assertRaisesMessage(ValidationError, "The currency stays EUR"):
            stored.full_clean()

    def test_a_shop_that_sold_before_it_had_settings_keeps_its_dollars(self):
        ShopSettings.objects.all().delete()
        make_order(make_reader("ada"), product=make_book())

        self.client.post(ADD, TYPED)

        self.assertEqual(ShopSettings.objects.get().currency, "usd")

    def test_a_shop_that_never_chose_one_keeps_its_dollars_too(self):
        ShopSettings.objects.update(base_currency="")
        make_order(make_reader("ada"), product=make_book())

        self.client.post(CHANGE, TYPED | {"name": "Still open"})

        stored = ShopSettings.objects.get()
        self.assertEqual((stored.currency, stored.name), ("usd", "Still open"))

    def test_one_that_stripe_does_not_charge_is_refused(self):
        self.assertContains(
            self.client.post(CHANGE, TYPED | {"base_currency": "xyz"}), "Select a valid choice"
        )


class LogoTests(TestCase):
    def setUp(self):
        self.client.force_login(make_staff())

    def upload(self, **files):
        address = CHANGE if ShopSettings.objects.exists() else ADD
        return self.client.post(address, TYPED | files)

    def test_a_picture_becomes_the_logo_and_an_icon(self):
        self.upload(new_logo=picture(600, 200))

        shop = ShopSettings.objects.get()
        self.assertEqual((shop.logo_width, shop.logo_height), (240, 80))
        self.assertEqual((shop.logo_shown.width, shop.logo_shown.height), (120, 40))
        with default_storage.open(shop.icon) as file, Image.open(file) as icon:
            self.assertEqual((icon.size, icon.format), ((180, 180), "PNG"))
        response = self.client.get(shop.logo.url)
        self.assertEqual(response.headers["Content-Type"], "image/png")
        self.assertIn(b"PNG", response.getvalue())

    def test_another_replaces_its_files_and_removing_deletes_them(self):
        self.upload(new_logo=picture(600, 200))
        first = ShopSettings.objects.get()

        with self.captureOnCommitCallbacks(execute=True):
            self.upload(new_logo=picture(500, 200))
        second = ShopSettings.objects.get()
        stored = [default_storage.exists(name) for name in (first.logo.name, first.icon, second.logo.name)]
        with self.captureOnCommitCallbacks(execute=True):
            self.upload(remove_logo="on")

        self.assertEqual(stored, [False, False, True])
        self.assertIs(default_storage.exists(second.logo.name), False)
        self.assertIsNone(ShopSettings.objects.get().logo_shown)

    def test_what_is_no_picture_is_refused_and_nothing_is_stored(self):
        response = self.upload(new_logo=SimpleUploadedFile("logo.svg", b"<svg onload='alert(1)'/>"))

        self.assertContains(response, "The picture is not a PNG, JPEG, GIF or WebP file.")
        self.assertEqual(ShopSettings.objects.count(), 0)

    def test_a_picture_that_is_too_large_is_refused(self):
        response = self.upload(new_logo=SimpleUploadedFile("logo.png", b"\x89PNG" + bytes(5 * 1024**2)))

        self.assertContains(response, "The picture is larger than 5 MB.")
