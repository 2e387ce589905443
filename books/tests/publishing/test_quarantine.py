"""Files of strangers are opened in a process of its own, which may use so much and no more."""

import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import SimpleTestCase, TestCase

from books.epub import UnusableEpub
from books.models import Book, Intake
from books.publishing import intake, lengths
from books.publishing.preflight import preflight
from books.publishing.quarantine import examining, handover
from books.publishing.quarantine.examined import UnusableCover
from books.publishing.quarantine.examining import (
    PDF_CPU_SECONDS,
    UnusablePdf,
    examine_cover,
    examine_epub,
    examine_pdf,
    limits,
)
from books.publishing.quarantine.pdf import MOST_PAGES
from books.publishing.renditions import prepare_cover
from books.tests import epubs, hostile
from books.tests.builders import make_staff
from books.tests.epubs import make_epub, make_picture, read_epub, toc

# The number of attributes at which HTML's parser takes minutes: it compares each with all before it.
SLOW = f"<html><body><p {hostile.numbered('a{}=x ', 120_000)}>a<p>".encode()
# Far beyond the memory that a file of this size may have.
LARGE = b"<html><body>" + hostile.numbered("<p>{}", 300_000).encode()


def ended(body, *, length=None):
    """Return an answer without pieces that says it is this long."""
    return body + f"{len(body) if length is None else length:>{handover.LAST_LINE - 1}}\n".encode()


def open_files():
    return set(Path("/proc/self/fd").iterdir()) if sys.platform == "linux" else set()


@pytest.mark.without_database
class HostileFilesTests(SimpleTestCase):
    def test_a_small_file_may_take_five_seconds_and_half_a_gigabyte_and_a_large_one_more(self):
        seconds, memory = limits(100_000)

        self.assertLessEqual(seconds, 5)
        self.assertLess(memory, 500 * 1024**2)
        self.assertEqual(limits(200 * 1024**2), (30, 1024**3))

    def test_what_comes_to_too_much_is_refused_by_a_sentence_about_it(self):
        for shape, sentence in hostile.REFUSED.items():
            with self.subTest(shape.__name__), self.assertRaisesMessage(UnusableEpub, sentence):
                examine_epub(shape().getvalue())

    def test_what_only_looks_like_much_is_read_within_the_limits_and_little_comes_of_it(self):
        for shape in hostile.READ:
            with self.subTest(shape.__name__):
                examined = examine_epub(shape().getvalue())

                epub = examined.epub
                self.assertLess(sum(len(chapter.html) for chapter in examined.chapters), 4_000_000)
                self.assertLess(max(len(chapter.title) for chapter in examined.chapters), 301)
                self.assertLess(len(epub.metadata.title), 1_001)
                self.assertLess(len(epub.contents), 2_001)

    def test_what_is_said_of_a_book_can_be_stored_in_every_database(self):
        messages = examine_epub(hostile.a_nul_in_a_name_of_a_file_of_unknown_kind().getvalue()).messages

        self.assertNotIn("\0", "".join(message.sentence for message in messages))

    def test_a_book_whose_cover_would_be_too_much_is_read_without_it(self):
        for shape, sentence in hostile.WITHOUT_COVER.items():
            with self.subTest(shape.__name__):
                examined = examine_epub(shape().getvalue())

                self.assertEqual((examined.cover, examined.cover_fault), (None, sentence))

    def test_of_a_moving_cover_the_first_picture_is_shown(self):
        examined = examine_epub(hostile.a_cover_of_hundreds_of_frames().getvalue())

        self.assertEqual((list(examined.cover.renditions), examined.cover.ending), ([240], ".gif"))


@pytest.mark.without_database
class LimitsTests(SimpleTestCase):
    def test_a_file_that_takes_too_long_is_refused(self):
        with (
            patch.object(examining, "CPU_SECONDS", 1),
            self.assertLogs("books.publishing.quarantine", "WARNING") as log,
            self.assertRaisesMessage(UnusableEpub, examining.TOO_MUCH),
        ):
            examine_epub(make_epub(chapters={"one.xhtml": SLOW}).getvalue())

        self.assertRegex(log.output[0], r"reached a limit: job=epub bytes=\d+ code=-\d+$")

    def test_a_file_that_takes_too_much_memory_is_refused(self):
        with (
            patch.object(examining, "MEMORY", 150 * 1024**2),
            self.assertLogs("books.publishing.quarantine", "WARNING"),
            self.assertRaisesMessage(UnusableEpub, examining.TOO_MUCH),
        ):
            examine_epub(make_epub(chapters={"one.xhtml": LARGE}).getvalue())

    def test_a_long_book_needs_no_memory_for_all_its_texts_at_once(self):
        with patch.object(examining, "MEMORY", 100 * 1024**2):
            examined = examine_epub(epubs.long_epub().getvalue())

        self.assertEqual(len(examined.chapters), 60)

    def test_a_picture_and_a_pdf_have_the_same_limits(self):
        picture = make_picture(size=(6_000, 6_000))
        for job, refusal, data in ((examine_cover, UnusableCover, picture), (examine_pdf, UnusablePdf, b"")):
            with (
                self.subTest(refusal.__name__),
                patch.object(examining, "MEMORY", 30 * 1024**2),
                self.assertLogs("books.publishing.quarantine"),
                self.assertRaises(refusal),
            ):
                job(data if job is examine_cover else BytesIO(b"%PDF-1.7"))

    def test_a_pdf_may_cost_what_every_download_of_it_may_however_large_it_is(self):
        with patch.object(subprocess, "run", wraps=subprocess.run) as run:
            examine_pdf(BytesIO(b"%PDF-1.7" + bytes(2 * 1024**2)))

        self.assertEqual(run.call_args.args[0][-3], str(PDF_CPU_SECONDS))
        self.assertLess(PDF_CPU_SECONDS, limits(2 * 1024**2)[0])

    def test_a_pdf_of_too_many_pages_is_refused_by_a_sentence_about_it(self):
        examine_pdf(BytesIO(hostile.pdf_of_pages(MOST_PAGES)))

        with self.assertRaisesMessage(UnusablePdf, "The PDF has 5,001 pages; we take at most 5,000."):
            examine_pdf(BytesIO(hostile.pdf_of_pages(MOST_PAGES + 1)))

    def test_what_a_stamp_looks_at_before_it_fails_is_looked_at_too(self):
        form = b"<</A " * 300 + b"1" + b">>" * 300
        with (
            patch.object(examining, "PDF_CPU_SECONDS", 1),
            self.assertLogs("books.publishing.quarantine", "WARNING"),
            self.assertRaisesMessage(UnusablePdf, examining.TOO_MUCH),
        ):
            data = hostile.pdf_of_pages(1, form=b"[" + form * 2_000 + b"]")
            examine_pdf(BytesIO(data.replace(b"/Pages 2 0 R", b"/Pages 9 0 R")))

    def test_a_process_that_hangs_is_ended_by_the_clock(self):
        waiting = subprocess.TimeoutExpired("python", 1)
        with (
            patch.object(subprocess, "run", side_effect=waiting),
            self.assertLogs("books.publishing.quarantine", "WARNING"),
            self.assertRaisesMessage(UnusableEpub, examining.TOO_MUCH),
        ):
            examine_epub(make_epub().getvalue())

    def test_no_file_is_left_whatever_happens(self):
        before = set(Path(settings.MEDIA_ROOT).iterdir()), open_files()

        with patch.object(examining, "MEMORY", 30 * 1024**2), self.assertLogs("books.publishing.quarantine"):
            self.assertRaises(UnusableEpub, examine_epub, make_epub().getvalue())
        examine_epub(make_epub().getvalue())

        self.assertEqual((set(Path(settings.MEDIA_ROOT).iterdir()), open_files()), before)

    def test_nothing_else_of_the_shop_opens_such_files(self):
        opens = re.compile(
            r"\b(read_epub|preflight|prepare_cover|prepare_logo|check_cover|check_picture|Image\.open|PdfReader)\("
        )
        own = {
            "books/epub/pictures.py",
            "books/publishing/renditions.py",
            "books/publishing/logos.py",
            "books/publishing/preflight.py",
            # Watermarks go into files that were examined when they came.
            "books/downloads/watermarking.py",
            # Pictures of the demo books, which come with the shop.
            "pages/made_up/pictures.py",
        }
        root = Path(settings.BASE_DIR)

        found = {
            path.relative_to(root).as_posix()
            for app in ("books", "orders", "pages", "users", "bookstore_project")
            for path in (root / app).rglob("*.py")
            if "tests" not in path.parts and opens.search(path.read_text(encoding="utf-8"))
        }

        self.assertTrue(own < found)
        self.assertEqual(
            {
                path
                for path in found - own
                if not path.startswith(("books/epub/", "books/publishing/quarantine/"))
            },
            set(),
        )

    def test_the_process_knows_nothing_of_the_shop(self):
        with patch.object(subprocess, "run", wraps=subprocess.run) as run:
            examine_epub(make_epub().getvalue())

        self.assertEqual(run.call_args.kwargs["env"], {})


@pytest.mark.without_database
class AnswerTests(SimpleTestCase):
    def test_what_comes_back_is_what_was_found(self):
        picture = make_picture(size=(300, 400))
        date = "<dc:date xmlns:dc='http://purl.org/dc/elements/1.1/'>2025-03-01</dc:date>"
        file = make_epub(
            chapters={"one.xhtml": '<h1>Low “Water”</h1><p>Grüße 雨</p><img src="map.png"/>'},
            files={"map.png": make_picture()},
            cover=picture,
            nav=toc(("One", "one.xhtml")),
            metadata=epubs.METADATA + date,
        )
        read = read_epub(BytesIO(file.getvalue()))

        examined = examine_epub(file.getvalue())

        for part in ("metadata", "presentation", "accessibility", "cover", "outline", "contents"):
            self.assertEqual(getattr(examined.epub, part), getattr(read, part), part)
        self.assertEqual(tuple(examined.chapters), read.chapters)
        self.assertEqual(tuple(examined.illustrations), read.illustrations)
        self.assertEqual(examined.epub.findings, read.findings)
        self.assertEqual(examined.messages, tuple(preflight(read)))
        self.assertEqual(examined.cover, prepare_cover(picture))

    def test_half_an_answer_is_none(self):
        whole = BytesIO()
        writer = handover.Writer(whole)
        early = writer.text("Grüße")
        writer.end({"found": {"early": early, "data": b"abc", "text": "ä"}})
        data = whole.getvalue()

        found = {"early": "Grüße".encode(), "data": b"abc", "text": "ä"}
        self.assertEqual(handover.read(data), {"found": found})
        for wrong in (
            b"",
            b"{}\n",
            data[:-1],
            data[1:],
            data[10:],
            ended(b"{x"),
            ended(b"{}", length="a"),
            ended(b"{}", length=-2),
            ended(b"{}", length=3),
            ended(b"{}", length=99_999_999_999),
            ended(b'{"piece": [0, 1]}'),
            ended(b'{"piece": [-1, 1]}'),
            ended(b'{"piece": [0, -1]}'),
            ended(b'{"piece": ["0", 0]}'),
            ended(b'{"piece": 0}'),
        ):
            with self.subTest(wrong), self.assertRaises(handover.Garbled):
                handover.read(wrong)

    def test_what_nobody_foresaw_is_refused_with_an_id_that_the_log_has(self):
        for fault in (
            patch.object(handover, "read", return_value={"failed": "KeyError at linking.py:7"}),
            patch.object(handover, "read", side_effect=handover.Garbled),
            patch.object(subprocess, "run", return_value=subprocess.CompletedProcess([], -11)),
            patch.object(subprocess, "run", side_effect=OSError("no more processes")),
        ):
            with (
                self.subTest(fault.attribute),
                fault,
                self.assertLogs("books.publishing.quarantine", "ERROR") as log,
                self.assertRaises(UnusableEpub) as refusal,
            ):
                examine_epub(make_epub().getvalue())

            reference = str(refusal.exception).removesuffix(".").rpartition(" ")[2]
            self.assertRegex(reference, "^[0-9a-f]{8}$")
            self.assertIn(f"id={reference}", log.output[0])

    def test_an_error_in_the_process_is_logged_by_its_kind_and_place_without_the_words_of_the_file(self):
        code = (
            "import sys; sys.argv = ['', 'epub', '20', '60', '900000000'];"
            "import books.epub, books.publishing.quarantine.__main__ as main;"
            "import books.publishing.quarantine.epub as job;"
            "job.read_epub = lambda *arguments: {}['a secret'];"
            "main.main()"
        )
        process = subprocess.run([sys.executable, "-c", code], cwd=settings.BASE_DIR, capture_output=True)

        answer = handover.read(process.stdout)

        self.assertRegex(answer["failed"], r"^KeyError at <string>:1$")


class EdgeTests(TestCase):
    """What was not foreseen in the shop's own part of the intake."""

    def setUp(self):
        self.grace = make_staff()
        self.client.force_login(self.grace)

    def test_an_upload_that_fails_is_refused_and_leaves_nothing(self):
        upload = SimpleUploadedFile("ferry.epub", make_epub().getvalue())

        with (
            patch.object(lengths, "word_count", side_effect=ZeroDivisionError),
            self.assertLogs("books.publishing.quarantine", "ERROR") as log,
        ):
            page = self.client.post("/admin/books/book/intake/", {"files": [upload]}, follow=True)

        self.assertContains(page, "“ferry.epub”: The file could not be read. The reason is in the log under")
        self.assertIn("ZeroDivisionError", log.output[0])
        self.assertEqual(Intake.objects.count(), 0)

    def test_an_import_that_fails_is_refused_and_the_file_waits(self):
        taken = intake.take_in(SimpleUploadedFile("a.epub", make_epub().getvalue()), by=self.grace)

        with (
            patch("books.search.index", side_effect=ZeroDivisionError),
            self.assertLogs("books.publishing.quarantine", "ERROR"),
            self.assertRaisesMessage(intake.NotTaken, "The file could not be read."),
        ):
            intake.import_new(taken, price=900, sample_chapters=1)

        self.assertEqual(Book.objects.count(), 0)
        self.assertTrue(Intake.objects.get().is_waiting)

    @pytest.mark.postgresql  # takes a while, and what is stored is the same on SQLite
    def test_every_hostile_shape_is_answered_by_a_page(self):
        for shape in (
            hostile.a_nul_in_a_name_of_the_manifest,
            hostile.a_nul_in_a_name_of_a_file_of_unknown_kind,
            hostile.a_place_in_the_order_of_5000_digits,
            hostile.a_cover_of_1_by_20000,
            hostile.containers_with_long_titles_cut_2000_times,
        ):
            upload = SimpleUploadedFile("a.epub", shape().getvalue())
            with self.subTest(shape.__name__):
                page = self.client.post("/admin/books/book/intake/", {"files": [upload]}, follow=True)

                self.assertContains(page, "a.epub")
