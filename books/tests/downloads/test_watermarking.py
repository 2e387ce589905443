"""Copies that say for whom they were made, where the shop wants that."""

import re
import tracemalloc
import zipfile
from io import SEEK_END, BytesIO
from unittest.mock import patch
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.test import Client, TestCase, override_settings
from django.urls import reverse
from lxml import etree
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, NumberObject

from books import access
from books.downloads import watermarking
from books.downloads.watermarking import TURNS, sentence, watermarked_epub, watermarked_pdf
from books.epub.opening.archive import Archive
from books.epub.opening.package import read_package
from books.models import Download, Grant
from books.models.catalogue import private_storage
from books.publishing.importing import import_epub
from books.tests.builders import make_book, make_bundle, make_reader, make_staff
from books.tests.epub.test_opening import AES, ENCRYPTED
from books.tests.epubs import METADATA, make_epub, make_picture, read_epub
from users.formats import day

ORDER = UUID("1a2b3c4d-0000-4000-8000-000000000000")
MADE = "This copy was made for ada@example.com."
OLD_PACKAGE = """<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE package PUBLIC "+//ISBN 0-9673008-1-9//DTD OEB 1.2 Package//EN" "http://openebook.org/dtds/oebpkg12.dtd">
<package unique-identifier="uid"><!-- Kept: \xe9. --><metadata><dc-metadata
xmlns:dc="http://purl.org/dc/elements/1.0/"><dc:Title>The Ferry</dc:Title><dc:title>The Ferry</dc:title>
<dc:identifier id="uid">urn:x:1</dc:identifier></dc-metadata></metadata><manifest>
<item id="one" href="one.xhtml" media-type="application/xhtml+xml"/></manifest>
<spine><itemref idref="one"/></spine></package>""".encode("latin-1")


def make_pdf(*, password="", signed=False, properties=None, size=(420, 595)):
    """Return a PDF of two empty pages."""
    writer = PdfWriter()
    for _ in range(2):
        writer.add_blank_page(*size)
    writer.add_metadata(properties or {})
    if signed:
        form = DictionaryObject({NameObject("/SigFlags"): NumberObject(3)})
        writer.root_object[NameObject("/AcroForm")] = form
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    file = BytesIO()
    writer.write(file)
    file.seek(0)
    return file


def watermarked(file, text=MADE, make=watermarked_epub):
    """Return the bytes of the copy with the watermark."""
    with make(file, text) as copy:
        return copy.read()


def members(data):
    """Return the files of an EPUB by their names, in the order of its directory."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def spine(data):
    """Return the paths of an EPUB's documents in reading order."""
    with Archive(BytesIO(data)) as archive:
        return list(read_package(archive).documents(archive))


def text_of(data):
    """Return the words on the pages of a PDF, lines joined."""
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(data)).pages)


class EpubTests(TestCase):
    def test_the_book_opens_and_its_last_page_has_the_sentence_once(self):
        source = make_epub(cover=make_picture())
        data = watermarked(source)

        before, after = read_epub(source), read_epub(BytesIO(data))
        texts = [chapter.plain_text for chapter in after.chapters]

        self.assertEqual([MADE in text for text in texts], [False, False, True])
        self.assertEqual("".join(texts).count(MADE), 1)
        self.assertEqual(after.chapters[: len(before.chapters)], before.chapters)
        self.assertEqual((after.metadata, after.cover), (before.metadata, before.cover))

    def test_the_spine_is_longer_by_one_and_the_rights_have_the_sentence_once(self):
        source = make_epub()
        data = watermarked(source)

        self.assertEqual(spine(data), [*spine(source.getvalue()), "EPUB/stamp.xhtml"])
        package = etree.fromstring(members(data)["EPUB/package.opf"])
        self.assertEqual([rights.text for rights in package.iter("{*}rights")], [MADE])
        [item] = package.iterfind("{*}manifest/{*}item[@id='stamp']")
        self.assertEqual(item.get("href"), "stamp.xhtml")

    def test_every_other_file_stays_as_it_was_and_where_it_was(self):
        source = make_epub(cover=make_picture())
        data = watermarked(source)
        before, after = members(source.getvalue()), members(data)

        self.assertEqual(next(iter(after)), "mimetype")
        self.assertEqual(set(after) - set(before), {"EPUB/stamp.xhtml"})
        self.assertEqual([name for name in before if after[name] != before[name]], ["EPUB/package.opf"])
        directory = zipfile.ZipFile(source).start_dir
        self.assertEqual(data[:directory], source.getvalue()[:directory])

    def test_its_names_collide_with_nothing(self):
        source = make_epub(
            chapters={"Stamp.xhtml": "<p>One.</p>", "two.xhtml": "<p>Two.</p>"},
            metadata=f'{METADATA}<meta id="stamp1" name="a" content="b"/><link rel="a" href="stamp3.xhtml"/>',
            raw={"EPUB/stamp2.xhtml": b"not in the manifest"},
        )

        self.assertEqual(
            spine(watermarked(source)), ["EPUB/Stamp.xhtml", "EPUB/two.xhtml", "EPUB/stamp4.xhtml"]
        )

    def test_a_package_at_the_top_and_an_old_one_get_a_watermark_too(self):
        container = members(make_epub().getvalue())["META-INF/container.xml"].replace(
            b"EPUB/package", b"package"
        )
        top = make_epub(
            raw={"META-INF/container.xml": container, "package.opf": OLD_PACKAGE, "one.xhtml": b"<p>1</p>"}
        )
        data = watermarked(top)

        self.assertEqual(spine(data), ["one.xhtml", "stamp.xhtml"])
        package = members(data)["package.opf"].decode()
        self.assertIn("<!-- Kept: é. -->", package)
        self.assertRegex(package, rf"<dc:rights>{re.escape(MADE)}</dc:rights></dc-metadata>")

    def test_any_address_is_words_and_never_markup(self):
        text = 'This copy was made for "<b>&amp;\'{x}%s"@example.com.'
        data = watermarked(make_epub(), text)

        self.assertEqual(read_epub(BytesIO(data)).chapters[-1].plain_text.strip(), text)
        package = etree.fromstring(members(data)["EPUB/package.opf"])
        self.assertEqual([rights.text for rights in package.iter("{*}rights")], [text])

    def test_the_same_sentence_makes_the_same_bytes_and_another_others(self):
        source = make_epub()

        self.assertEqual(watermarked(source), watermarked(source))
        self.assertNotEqual(
            watermarked(source), watermarked(source, "This copy was made for bob@example.com.")
        )

    def test_a_large_book_takes_little_memory_and_keeps_its_comment(self):
        source = make_epub()
        with zipfile.ZipFile(source, "a") as archive:
            archive.comment = b"From the press."
            with archive.open("EPUB/film", "w") as film:
                for _ in range(30):
                    film.write(bytes(1024**2))

        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        with watermarked_epub(source, MADE) as copy:
            _, peak = tracemalloc.get_traced_memory()
            size = copy.seek(0, SEEK_END)
            comment = zipfile.ZipFile(copy).comment

        self.assertGreater(size, 30 * 1024**2)
        self.assertLess(peak, 8 * 1024**2)
        self.assertEqual(comment, b"From the press.")


class PdfTests(TestCase):
    def test_the_sentence_is_on_an_added_page_and_in_the_properties(self):
        text = "This copy was made for ada(\\)'o@example.com on November 23, 2026. Order 1A2B3C4D."
        for properties in (None, {"/Title": "The Ferry"}):
            with self.subTest(properties):
                source = make_pdf(properties=properties)

                data = watermarked(source, text, watermarked_pdf)

                found = PdfReader(BytesIO(data), strict=True)
                self.assertEqual(text_of(data).strip(), text)
                self.assertEqual(len(found.pages), 3)
                self.assertEqual(found.pages[2].mediabox, found.pages[1].mediabox)
                self.assertEqual(found.metadata["/Rights"], text)
                self.assertEqual(found.metadata.title, (properties or {}).get("/Title"))
                self.assertTrue(data.startswith(source.getvalue()))

    def test_letters_that_the_font_lacks_are_question_marks_there_alone(self):
        data = watermarked(make_pdf(), "Made for é@例.jp.", watermarked_pdf)

        self.assertIn("Made for é@?.jp.", text_of(data))
        self.assertEqual(PdfReader(BytesIO(data)).metadata["/Rights"], "Made for é@例.jp.")

    def test_the_smallest_page_shows_all_of_it(self):
        self.assertIn(MADE, text_of(watermarked(make_pdf(size=(90, 90)), MADE, watermarked_pdf)))

    def test_the_same_sentence_makes_the_same_bytes_and_another_others(self):
        source = make_pdf()

        self.assertEqual(
            watermarked(source, MADE, watermarked_pdf), watermarked(source, MADE, watermarked_pdf)
        )
        self.assertNotEqual(
            watermarked(source, MADE, watermarked_pdf), watermarked(source, "Made for Bob.", watermarked_pdf)
        )


class SentenceTests(TestCase):
    def setUp(self):
        self.ada = make_reader("ada")
        self.book = make_book()

    def dated(self, **fields):
        grant = Grant.objects.get(user=self.ada, **fields)
        return f"This copy was made for ada@example.com on {day(grant.granted_at)}."

    def test_a_buyer_s_has_the_day_and_the_order(self):
        access.grant(self.ada, self.book, order_id=ORDER)

        self.assertEqual(sentence(self.ada, self.book), f"{self.dated()} Order 1A2B3C4D.")

    def test_what_was_given_has_the_day_alone_until_it_is_bought(self):
        access.give(self.ada, self.book, by=make_staff(), note="A review copy.")
        self.assertEqual(sentence(self.ada, self.book), self.dated())

        access.grant(self.ada, self.book, order_id=ORDER)
        self.assertEqual(sentence(self.ada, self.book), f"{self.dated(order_id=ORDER)} Order 1A2B3C4D.")

    def test_a_bundle_s_order_counts_and_what_has_ended_does_not(self):
        bundle = make_bundle("Two", self.book, make_book("Another"))
        access.grant(self.ada, bundle, order_id=ORDER)
        self.assertIn("Order 1A2B3C4D.", sentence(self.ada, self.book))

        access.revoke(self.ada, bundle, order_id=ORDER, reason=access.REFUNDED)
        self.assertEqual(sentence(self.ada, self.book), MADE)

    def test_another_s_order_and_another_book_s_do_not_count(self):
        access.grant(make_reader("bob"), self.book, order_id=ORDER)
        access.grant(self.ada, make_book("Another"), order_id=UUID(int=7))

        self.assertEqual(sentence(self.ada, self.book), MADE)

    def test_staff_are_named_alone(self):
        self.assertEqual(sentence(make_staff(), self.book), "This copy was made for grace@example.com.")


@override_settings(STAMP_DOWNLOADS=True)
class DownloadTests(TestCase):
    def setUp(self):
        self.source = make_epub()
        self.book = import_epub(self.source).book
        self.ada = make_reader("ada")
        access.grant(self.ada, self.book, order_id=ORDER)
        self.client.force_login(self.ada)
        self.address = reverse("book_download", args=[self.book.pk])

    def put_pdf(self, data):
        self.book.pdf.save("book.pdf", ContentFile(data))
        self.addCleanup(private_storage().delete, self.book.pdf.name)
        self.address = reverse("book_download_pdf", args=[self.book.pk])

    def put_epub(self, data):
        self.book.epub.save("book.epub", ContentFile(data))
        self.addCleanup(private_storage().delete, self.book.epub.name)

    def get(self, client=None, **headers):
        """Return the answer with its body, read to the end, in `body`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = (client or self.client).get(self.address, headers=named)
        response.body = response.getvalue()
        return response

    def assert_without_watermark(self, data):
        with self.assertLogs("books.downloads.watermarking", "WARNING") as logs:
            response = self.get()
        self.assertEqual((response.status_code, response.body), (200, data))
        [line] = logs.output
        self.assertIn(f"book={self.book.pk}", line)
        self.assertNotIn("ada@", line)

    def test_a_reader_s_copy_is_theirs_and_the_shop_keeps_none(self):
        kept = sorted(settings.MEDIA_ROOT.rglob("*"))

        response = self.get()

        text = read_epub(BytesIO(response.body)).chapters[-1].plain_text
        self.assertRegex(
            text, r"^This copy was made for ada@example\.com on \w+ \d+, \d{4}\. Order 1A2B3C4D\.$"
        )
        self.assertEqual(response.headers["Content-Length"], str(len(response.body)))
        self.assertEqual(response.headers["Content-Type"], "application/epub+zip")
        self.assertEqual(response.headers["Cache-Control"], "private, no-store")
        self.assertIn(".epub", response.headers["Content-Disposition"])
        self.assertEqual(sorted(settings.MEDIA_ROOT.rglob("*")), kept)
        with self.book.epub.open() as file:
            self.assertEqual(file.read(), self.source.getvalue())
        self.assertEqual(Download.objects.count(), 1)

    def test_a_reader_s_pdf_is_theirs(self):
        self.put_pdf(make_pdf().getvalue())

        response = self.get()

        self.assertIn("made for ada@example.com", text_of(response.body))
        self.assertEqual(response.headers["Content-Type"], "application/pdf")

    def test_two_downloads_are_the_same_and_another_reader_s_is_another(self):
        bob = Client()
        bob.force_login(make_reader("bob", all_books=True))

        first, second, other = self.get(), self.get(), self.get(bob)

        self.assertEqual((first.body, first.headers["ETag"]), (second.body, second.headers["ETag"]))
        self.assertNotEqual(first.body, other.body)
        self.assertNotEqual(first.headers["ETag"], other.headers["ETag"])
        self.assertNotIn(b"ada@", b"".join(members(other.body).values()))

    def test_parts_put_together_are_the_copy(self):
        whole = self.get()
        half = len(whole.body) // 2

        first = self.get(Range=f"bytes=0-{half}")
        rest = self.get(Range=f"bytes={half + 1}-", If_Range=first.headers["ETag"])

        self.assertEqual((first.status_code, rest.status_code), (206, 206))
        self.assertEqual(first.body + rest.body, whole.body)

    def test_a_part_of_a_copy_for_another_address_is_not_gone_on_with(self):
        etag = self.get().headers["ETag"]
        self.ada.email = "ada.quill@example.com"
        self.ada.save()

        response = self.get(Range="bytes=10-", If_Range=etag)

        self.assertEqual(response.status_code, 200)
        self.assertIn("ada.quill@", read_epub(BytesIO(response.body)).chapters[-1].plain_text)

    def test_a_part_behind_the_end_is_refused_and_head_tells_the_size(self):
        size = len(self.get().body)

        refused = self.get(Range=f"bytes={size}-")
        head = self.client.head(self.address)

        self.assertEqual((refused.status_code, refused.headers["Content-Range"]), (416, f"bytes */{size}"))
        self.assertEqual((head.content, head.headers["Content-Length"]), (b"", str(size)))

    def test_a_signed_a_locked_and_an_odd_epub_are_sent_as_they_are(self):
        for raw in (
            {"META-INF/signatures.xml": b"<signatures/>"},
            {
                "META-INF/rights.xml": b"<rights/>",
                "META-INF/encryption.xml": ENCRYPTED.format(AES, "EPUB/one.xhtml"),
            },
            {"EPUB/package.opf": b"<package><metadata>"},
            {"EPUB/package.opf": b"<package/>"},
            {"META-INF/container.xml": None, "EPUB/other.opf": b"<package/>"},
        ):
            with self.subTest(raw):
                data = make_epub(raw=raw).getvalue()
                self.put_epub(data)

                self.assert_without_watermark(data)

    def test_an_archive_with_names_in_an_unknown_encoding_is_sent_as_it_is(self):
        # One byte for the last letter of "café", as old programs wrote it, and no flag that says UTF-8.
        data = make_epub(raw={"EPUB/cafe.css": b""}).getvalue().replace(b"cafe.css", b"caf\x82.css")
        self.put_epub(data)

        self.assert_without_watermark(data)

    def test_a_signed_a_locked_and_an_odd_pdf_are_sent_as_they_are(self):
        odd = b"%PDF-1.7\nnothing\n%%EOF\n"
        for data in (make_pdf(signed=True).getvalue(), make_pdf(password="x").getvalue(), odd):
            with self.subTest(data[:30]):
                self.put_pdf(data)

                self.assert_without_watermark(data)

    def test_others_get_no_copy_and_a_missing_file_is_a_404_page(self):
        eve = Client()
        eve.force_login(make_reader("eve"))
        for client in (Client(), eve):
            self.assertEqual(self.get(client).status_code, 403)
        private_storage().delete(self.book.epub.name)

        self.assertContains(self.client.get(self.address), "<main", status_code=404)

    @override_settings(X_ACCEL_REDIRECT="/protected/")
    def test_the_shop_sends_copies_itself_and_the_proxy_what_has_no_watermark(self):
        response = self.get()
        self.assertNotIn("X-Accel-Redirect", response.headers)
        self.assertIn(MADE[:-1], read_epub(BytesIO(response.body)).chapters[-1].plain_text)

        self.put_epub(make_epub(raw={"META-INF/signatures.xml": b"<signatures/>"}).getvalue())
        with self.assertLogs("books.downloads.watermarking", "WARNING"):
            response = self.get()
        self.assertEqual(response.headers["X-Accel-Redirect"], f"/protected/{self.book.epub.name}")

    def test_the_page_says_so(self):
        self.assertContains(
            self.client.get(self.book.get_absolute_url()),
            "your e-mail address on its last page",
        )

    @override_settings(STAMP_DOWNLOADS=False)
    def test_switched_off_the_files_are_the_shop_s_own_and_the_page_says_nothing(self):
        self.assertEqual(self.get().body, self.source.getvalue())
        page = self.client.get(self.book.get_absolute_url())
        self.assertNotContains(page, "your e-mail address on its last page")
        pdf = make_pdf().getvalue()
        self.put_pdf(pdf)
        self.assertEqual(self.get().body, pdf)

    def test_while_a_copy_is_being_made_the_next_reader_is_asked_to_come_back_and_nothing_is_made(self):
        with TURNS.taken(), patch.object(watermarking, "copy_for") as copy_for:
            response = self.get()

        self.assertContains(response, "<h1>One moment, please</h1>", status_code=503)
        self.assertEqual((response.headers["Retry-After"], response.headers["Refresh"]), ("5", "5"))
        copy_for.assert_not_called()
        self.assertEqual(Download.objects.count(), 0)
        self.assertEqual(self.get().status_code, 200)

    def test_a_copy_that_fails_leaves_room_for_the_next(self):
        private_storage().delete(self.book.epub.name)
        self.assertEqual(self.get().status_code, 404)

        self.put_epub(self.source.getvalue())

        self.assertEqual(self.get().status_code, 200)

    def test_after_sixty_copies_in_an_hour_a_reader_waits_and_others_do_not(self):
        bob = Client()
        bob.force_login(make_reader("bob", all_books=True))
        cache.clear()
        with patch.object(watermarking, "copy_for", return_value=None):
            for _ in range(60):
                self.assertEqual(self.get().status_code, 200)

            refused = self.get()

            self.assertContains(refused, "Too many attempts", status_code=429)
            self.assertEqual(self.get(bob).status_code, 200)
        self.assertEqual(Download.objects.count(), 61)

    def test_to_be_asked_to_come_back_does_not_count(self):
        cache.clear()
        with TURNS.taken():
            for _ in range(61):
                self.assertEqual(self.get().status_code, 503)

        self.assertEqual(self.get().status_code, 200)

    @override_settings(STAMP_DOWNLOADS=False)
    def test_the_file_as_it_is_waits_for_nobody_and_is_not_counted(self):
        cache.clear()
        with TURNS.taken():
            for _ in range(61):
                self.assertEqual(self.get().status_code, 200)
