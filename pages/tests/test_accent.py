"""The accent colour: what staff choose can be read, and so can what is made of it for dark pages."""

import re

from django.conf import settings
from django.test import SimpleTestCase, TestCase, override_settings
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from pages import accent
from tests.shop import shop

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


class AccentTests(SimpleTestCase):
    def test_ratios_are_those_of_wcag(self):
        self.assertEqual(accent.contrast("#000000", "#ffffff"), 21)
        self.assertEqual(accent.contrast("#777777", "#777777"), 1)
        # Every description of WCAG has this grey as the lightest that passes on white.
        self.assertAlmostEqual(accent.contrast("#767676", "#ffffff"), 4.54, places=2)

    @given(COLOURS)
    def test_a_colour_is_refused_with_its_ratio_or_can_be_read_in_both_themes(self, colour):
        try:
            light = accent.in_light(colour)
        except accent.Unreadable as refused:
            self.assertLess(refused.ratio, 4.5)
            return
        dark = accent.in_dark(colour)

        self.assertEqual(light.accent, colour)
        for page, colours in (
            ((accent.PAPER, accent.RAISED), light),
            ((accent.DARK_PAPER, accent.DARK_RAISED), dark),
        ):
            for shown in (colours.accent, colours.strong):
                for behind in (*page, colours.on_accent):
                    self.assertGreaterEqual(accent.contrast(shown, behind), 4.5)

    def test_a_pale_colour_is_refused_and_a_deep_one_is_not(self):
        with self.assertRaises(accent.Unreadable):
            accent.in_light("#ff9900")
        accent.in_light("#005f73")

    def test_the_colours_around_it_are_those_of_the_stylesheet(self):
        css = (settings.BASE_DIR / "static/css/base.css").read_text()
        pairs = dict(re.findall(r"--([\w-]+): light-dark\((#\w+, #\w+)\)", css))

        self.assertEqual(pairs["paper"], f"{accent.PAPER}, {accent.DARK_PAPER}")
        self.assertEqual(pairs["raised"], f"{accent.RAISED}, {accent.DARK_RAISED}")
        self.assertTrue(pairs["on-accent"].startswith(accent.ON_ACCENT))


class StylesheetTests(TestCase):
    def test_a_shop_with_an_accent_links_a_style_sheet_that_browsers_keep(self):
        address = reverse("accent", args=["005f73"])

        with override_settings(SHOP=shop(accent="#005f73")):
            page = self.client.get(reverse("about"))
        response = self.client.get(address)

        self.assertContains(page, f'<link rel="stylesheet" href="{address}">')
        self.assertIn("--accent: light-dark(#005f73, ", response.text)
        self.assertIn("immutable", response.headers["Cache-Control"])
        self.assertEqual(response.headers["Content-Type"], "text/css; charset=utf-8")
        self.assertEqual(response.cookies, {})

    def test_a_shop_without_one_links_none(self):
        self.assertNotContains(self.client.get(reverse("about")), "accent-")

    def test_a_colour_that_no_shop_can_have_has_none(self):
        for digits in ("ffffff", "ff9900"):
            self.assertEqual(self.client.get(f"/accent-{digits}.css").status_code, 404)
        self.assertEqual(self.client.get("/accent-zzzzzz.css").status_code, 404)
