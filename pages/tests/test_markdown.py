from django.test import SimpleTestCase

from pages.writing.markdown import to_html


class MarkdownTests(SimpleTestCase):
    def test_what_staff_write_becomes_html_below_the_heading_of_the_page(self):
        html = to_html(
            "# Who we are\n\nTwo *people* and a **dog**.\n\n- one\n- two\n\n[Write](mailto:a@b.example)"
        )

        for part in (
            "<h2>Who we are</h2>",
            "<em>people</em>",
            "<strong>dog</strong>",
            "<li>one</li>",
            'href="mailto:a@b.example"',
        ):
            self.assertIn(part, html)

    def test_no_level_of_headings_is_left_out_below_the_title_of_the_page(self):
        self.assertEqual(to_html("## One\n\n### Two"), "<h2>One</h2>\n<h3>Two</h3>\n")
        self.assertEqual(to_html("# One\n\n## Two"), "<h2>One</h2>\n<h3>Two</h3>\n")

    def test_nothing_in_it_runs_or_loads(self):
        for text in (
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "![a picture](https://elsewhere.example/a.png)",
            "[a](javascript:alert(1))",
            "[a](data:text/html,x)",
            "<a href='https://x.example' onclick='x()'>a</a>",
        ):
            with self.subTest(text):
                html = to_html(text)

                self.assertNotRegex(html, r"<(script|img|a )|\shref=.(javascript|data)")

    def test_a_link_leads_anywhere_on_the_web_and_in_the_shop(self):
        self.assertIn('href="https://salt.example/"', to_html("[a](https://salt.example/)"))
        self.assertIn('href="/books/"', to_html("[a](/books/)"))

    def test_nothing_stays_nothing(self):
        self.assertEqual(to_html(""), "")
