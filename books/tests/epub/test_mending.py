"""Markup that is not well-formed, or deeper than a parser goes, keeps its words."""

import re

from django.test import SimpleTestCase

from books.tests.cases import case
from books.tests.epubs import make_epub, read_epub

# Each is the rest of a document that is no XML: it begins with a <br> that nothing closes.
MALFORMED = {
    "a comment that never ends": "<p>Rain <!-- and <b>wind</b></p>",
    "a comment that ends where it begins": "<p>Rain <!--> and <!---> wind</p>",
    "a CDATA section": "<p>Rain <![CDATA[and]]> wind</p>",
    "a CDATA section that never ends": "<p>Rain <![CDATA[and</p> wind",
    "a value that never ends": '<p class="x>Rain</p><p class="y">and wind</p>',
    "a value in single quotation marks that never ends": "<p class='x>Rain</p><p class='y'>and wind</p>",
    "a stray less-than": "<p>Rain < and wind</p>",
    "a stray less-than before a letter": "<p>Rain <and</p><p>wind</p>",
    "a tag that the text ends in": "<p>Rain and</p> <wind",
    "an empty title": "<title/>Rain and wind",
    "an empty script": "<script/>Rain and wind",
    "an empty style": "<style/>Rain and wind",
    "an empty select": "<select/>Rain and wind",
    "a script that never ends": "<script src='a.js'>Rain and wind",
    "a title that never ends": "<title>Rain and wind",
    "a film that never ends": "<video src='a.mp4'>Rain and wind",
    "text after the end": "<p>Rain</p></body></html>and<p>wind</p>",
    "two bodies": "<p>Rain</p></body><body>and wind</body>",
    "a set of frames": "<frameset><frame src='a'/><noframes>Rain</noframes></frameset>and wind",
    "attributes without quotation marks and twice": "<p id=a class=b id=c>Rain</p>and wind",
    "a bare ampersand": "<p>Rain & and &wind</p>",
    "an instruction": "<?php a ?>Rain and wind",
    "an element that HTML does not know": "<x-y>Rain</x-y> <o:p>and</o:p> wind",
}
WELL_FORMED = {
    "text in an element that has none in HTML": "<p>Rain<br> and</br><hr>wind</hr></p>",
    "an element after the body": "</body><p>Rain</p><body>and wind",
    "text after the body": "Rain</body>and wind<body>",
    "empty elements": "<p/><a/><div/>Rain<title/> and <script/>wind",
    "a CDATA section": "<p>Rain <![CDATA[and]]> wind</p>",
    "a comment with markup in it": "<p>Rain <!-- <b> --> and wind</p>",
}
DEEP = {
    "lists": ("<ul><li>", "</li></ul>"),
    "spans": ("<span>", "</span>"),
    "quotations": ("<blockquote><p/>", "</blockquote>"),
    "tables": ("<table><tr><td>", "</td></tr></table>"),
    "sections": ("<section>", "</section>"),
}


def words(file):
    return re.findall(r"\w+", " ".join(chapter.plain_text for chapter in read_epub(file).chapters))


class MendingTests(SimpleTestCase):
    def test_malformed_markup_keeps_its_words(self):
        for name, markup in MALFORMED.items():
            with self.subTest(name):
                document = f"<html><head><title>Page</title></head><body><br>{markup}".encode()

                self.assertEqual(words(make_epub(chapters={"one.xhtml": document})), ["Rain", "and", "wind"])

    def test_odd_markup_that_is_well_formed_keeps_its_words(self):
        for name, markup in WELL_FORMED.items():
            with self.subTest(name):
                self.assertEqual(words(make_epub(chapters={"one.xhtml": markup})), ["Rain", "and", "wind"])

    def test_what_readers_never_see_stays_out_of_malformed_documents_too(self):
        document = b"<html><body><br><!-- no --><script>a > b</script><style>p > a</style><?no x?>Rain"

        self.assertEqual(words(make_epub(chapters={"one.xhtml": document})), ["Rain"])

    def test_words_are_shown_however_deeply_they_are_nested(self):
        for name, (start, end) in DEEP.items():
            for depth, ending in ((100, end), (300, end), (300, ""), (3_000, end), (3_000, "")):
                with self.subTest(name, depth=depth, closed=bool(ending)):
                    body = f"{start * depth}Rain {ending * depth}<p>and <b>wind</b></p>"
                    document = f"<html><body>{body}</body></html>".encode()

                    epub = read_epub(make_epub(chapters={"one.xhtml": document}))

                    self.assertEqual(epub.chapters[0].plain_text.split(), ["Rain", "and", "wind"])
                    self.assertRegex(epub.chapters[0].html, "(?s)Rain.*<p>and <b>wind</b></p>")

    def test_paragraphs_and_pictures_below_the_greatest_depth_stay_apart(self):
        document = f"<html><body>{'<div>' * 300}<p>Rain</p><hr><p>Wind</p>".encode()

        html = read_epub(make_epub(chapters={"one.xhtml": document})).chapters[0].html

        self.assertIn("<p>Rain</p><hr><p>Wind</p>", html)

    def test_a_file_of_300_unclosed_elements_is_read_to_its_end(self):
        epub = read_epub(case("F02-300-unclosed-divs"))

        numbers = re.findall(r"(\d+)\. The rain went on", epub.chapters[0].plain_text)
        self.assertEqual(numbers, [str(number) for number in range(1, 401)])
