"""Downloads in parts, as PDF, by way of the proxy, and how they are counted."""

import json
from hashlib import sha256

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase, override_settings
from django.urls import reverse

from books.admin.forms import LARGEST_PDF
from books.models import Download
from books.models.catalogue import private_storage
from books.publishing.importing import import_epub
from books.tests.builders import make_book, make_reader, make_staff
from books.tests.epubs import make_epub
from users.personal_data.erasure import erase
from users.personal_data.export import export

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 300 + b"\n%%EOF\n"


class DownloadTestCase(TestCase):
    def setUp(self):
        self.source = make_epub()
        self.book = import_epub(self.source).book
        self.data = self.source.getvalue()
        self.size = len(self.data)
        self.ada = make_reader("ada", all_books=True)
        self.client.force_login(self.ada)
        self.address = reverse("book_download", args=[self.book.pk])

    def get(self, client=None, address=None, **headers):
        """Return the answer with its body, read to the end, in `body`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = (client or self.client).get(address or self.address, headers=named)
        response.body = response.getvalue()
        return response

    def counted(self):
        return list(Download.objects.order_by("pk").values_list("user", "book", "format"))


class PartTests(DownloadTestCase):
    def test_a_part_is_sent_as_asked_for(self):
        size = self.size
        for asked, first, last in [
            ("bytes=0-0", 0, 0),
            ("bytes=0-99", 0, 99),
            ("bytes=100-199", 100, 199),
            (f"bytes={size - 1}-", size - 1, size - 1),
            ("bytes=7-", 7, size - 1),
            (f"bytes=10-{size * 9}", 10, size - 1),
            ("bytes=-5", size - 5, size - 1),
            (f"bytes=-{size * 9}", 0, size - 1),
            ("Bytes = 3-4", 3, 4),
        ]:
            with self.subTest(asked):
                response = self.get(Range=asked)

                self.assertEqual(response.status_code, 206)
                self.assertEqual(response.body, self.data[first : last + 1])
                self.assertEqual(response.headers["Content-Range"], f"bytes {first}-{last}/{size}")
                self.assertEqual(response.headers["Content-Length"], str(last + 1 - first))
                self.assertEqual(response.headers["Content-Type"], "application/epub+zip")
                self.assertEqual(response.headers["Cache-Control"], "private, no-store")

    def test_two_parts_put_together_are_the_file(self):
        half = self.size // 2

        parts = [self.get(Range=asked).body for asked in (f"bytes=0-{half}", f"bytes={half + 1}-")]

        self.assertEqual(sha256(b"".join(parts)).digest(), sha256(self.data).digest())

    def test_what_cannot_be_understood_and_several_parts_get_the_whole(self):
        for asked in [
            "", "bytes", "bytes=", "bytes=-", "bytes=5-3", "bytes=a-b", "lines=0-1", "bytes=0-1,3-4",
            "bytes=0x1-2", "bytes=-1-2", f"bytes={'9' * 400}-", "bytes=٣-٤",
        ]:  # fmt: skip
            with self.subTest(asked):
                response = self.get(Range=asked)

                self.assertEqual((response.status_code, response.body), (200, self.data))
                self.assertEqual(response.headers["Accept-Ranges"], "bytes")

    def test_a_part_behind_the_end_is_refused_with_the_size(self):
        for asked in (f"bytes={self.size}-", f"bytes={self.size + 5}-{self.size + 9}", "bytes=-0"):
            with self.subTest(asked):
                response = self.get(Range=asked)

                self.assertEqual((response.status_code, response.body), (416, b""))
                self.assertEqual(response.headers["Content-Range"], f"bytes */{self.size}")
                self.assertEqual(response.headers["Cache-Control"], "private, no-store")
        self.assertEqual(self.counted(), [])

    def test_a_part_of_the_same_edition_goes_on_and_of_another_begins_again(self):
        etag = self.get().headers["ETag"]

        same = self.get(Range="bytes=10-", If_Range=etag)
        self.assertEqual((same.status_code, same.body), (206, self.data[10:]))
        for stale in ('"another"', f"W/{etag}", "Wed, 21 Oct 2015 07:28:00 GMT"):
            with self.subTest(stale):
                other = self.get(Range="bytes=10-", If_Range=stale)
                self.assertEqual((other.status_code, other.body), (200, self.data))

    def test_a_new_edition_has_another_etag(self):
        old = self.get().headers["ETag"]
        source = make_epub(chapters={"one.xhtml": "<h1>Low Water</h1><p>It still rained.</p>"})
        import_epub(source)

        response = self.get(Range="bytes=10-", If_Range=old)

        self.assertEqual((response.status_code, response.body), (200, source.getvalue()))

    def test_head_tells_of_the_file_without_sending_it(self):
        for headers in ({}, {"Range": "bytes=0-9"}, {"Range": f"bytes={self.size}-"}):
            response = self.client.head(self.address, headers=headers)

            self.assertEqual((response.status_code, response.content), (200, b""))
            self.assertEqual(response.headers["Content-Length"], str(self.size))
            self.assertEqual(response.headers["Accept-Ranges"], "bytes")
            self.assertEqual(response.headers["Cache-Control"], "private, no-store")

    def test_a_part_is_no_way_round_the_till(self):
        eve = Client()
        eve.force_login(make_reader("eve"))
        for client in (Client(), eve):
            response = self.get(client, Range="bytes=0-9")

            self.assertEqual(response.status_code, 403)
            self.assertNotIn(self.data[:10], response.body)
        self.assertEqual(self.counted(), [])

    def test_access_that_ends_between_two_parts_ends_the_download(self):
        self.assertEqual(self.get(Range="bytes=0-9").status_code, 206)
        self.ada.user_permissions.clear()

        self.assertEqual(self.get(Range="bytes=10-19").status_code, 403)

    def test_a_file_missing_from_the_storage_is_a_404_page(self):
        private_storage().delete(self.book.epub.name)

        self.assertContains(self.client.get(self.address), "<main", status_code=404)
        self.assertEqual(self.counted(), [])


class CountingTests(DownloadTestCase):
    def test_what_begins_at_the_first_byte_is_one_download(self):
        for headers in ({}, {"Range": "bytes=0-"}, {"Range": "bytes=0-9"}):
            with self.subTest(headers):
                Download.objects.all().delete()

                self.get(**headers)
                self.get(Range="bytes=10-19")
                self.get(Range="bytes=20-")
                self.client.head(self.address)

                self.assertEqual(self.counted(), [(self.ada.pk, self.book.pk, "epub")])

    def test_staff_see_how_many_there_were(self):
        self.get()
        self.get()
        staff = Client()
        staff.force_login(make_staff())

        page = staff.get(reverse("admin:books_book_change", args=[self.book.pk]))

        self.assertContains(page, "2 of the EPUB, 0 of the PDF")

    def test_the_export_holds_one_s_own(self):
        self.get()
        bob = make_reader("bob", all_books=True)
        elsewhere = Client()
        elsewhere.force_login(bob)
        self.get(elsewhere)

        [download] = export(self.ada)["downloads"]

        self.assertEqual((download["book__title"], download["format"]), (self.book.title, "epub"))
        self.assertIn("downloaded_at", download)

    def test_an_erased_account_is_forgotten_and_its_downloads_stay_counted(self):
        self.get()
        bob = make_reader("bob", all_books=True)
        Download.objects.create(user=bob, book=self.book, format="epub")

        erase(self.ada)

        self.assertEqual(self.counted(), [(None, self.book.pk, "epub"), (bob.pk, self.book.pk, "epub")])
        self.assertNotIn(self.book.title, json.dumps(export(self.ada), default=str))


class PdfTests(DownloadTestCase):
    def setUp(self):
        super().setUp()
        self.address = reverse("book_download_pdf", args=[self.book.pk])
        self.staff = Client()
        self.staff.force_login(make_staff())

    def upload(self, data=PDF, **fields):
        typed = {
            "title": self.book.title,
            "description": "",
            "price": "",
            "language": "en",
            "isbn": "",
            "sample_chapters": 1,
            "authorships-TOTAL_FORMS": 0,
            "authorships-INITIAL_FORMS": 0,
            "other_editions-TOTAL_FORMS": 0,
            "other_editions-INITIAL_FORMS": 0,
        }
        if data is not None:
            typed["new_pdf"] = SimpleUploadedFile("book.pdf", data)
        response = self.staff.post(reverse("admin:books_book_change", args=[self.book.pk]), typed | fields)
        self.book.refresh_from_db()
        return response

    def stored(self):
        folder = f"pdfs/{self.book.pk}"
        return private_storage().listdir(folder)[1] if private_storage().exists(folder) else []

    def test_what_staff_upload_its_owners_download_and_others_buy_first(self):
        self.assertEqual(self.upload().status_code, 302)

        response = self.get()
        self.assertEqual((response.status_code, response.body), (200, PDF))
        self.assertEqual(response.headers["Content-Type"], "application/pdf")
        self.assertRegex(response.headers["Content-Disposition"], r"^attachment; .*\.pdf")
        self.assertEqual(self.get(Range="bytes=100-199").body, PDF[100:200])
        self.assertEqual(self.counted(), [(self.ada.pk, self.book.pk, "pdf")])
        self.assertContains(self.client.get(self.book.get_absolute_url()), "Download the PDF")
        form = self.staff.get(reverse("admin:books_book_change", args=[self.book.pk]))
        self.assertContains(form, f'href="{self.address}"')
        stranger = self.get(Client())
        self.assertEqual(stranger.status_code, 403)
        self.assertNotIn(b"%PDF", stranger.body)

    def test_a_book_without_one_offers_none(self):
        self.assertNotContains(self.client.get(self.book.get_absolute_url()), "Download the PDF")
        self.assertContains(self.client.get(self.address), "<main", status_code=404)

    def test_what_is_no_pdf_or_too_large_is_refused_and_not_kept(self):
        self.assertContains(self.upload(b"<html>%PDF-"), "This is not a PDF.")
        large = SimpleUploadedFile("book.pdf", PDF)
        large.size = LARGEST_PDF + 1
        form = (
            self.staff.get(reverse("admin:books_book_change", args=[self.book.pk])).context["adminform"].form
        )
        checked = type(form)(data={}, files={"new_pdf": large}, instance=self.book)
        self.assertEqual(checked.errors["new_pdf"], ["The file is larger than 200 MB."])

        self.assertFalse(self.book.pdf)
        self.assertEqual(self.stored(), [])

    def test_a_new_one_takes_its_place_and_the_old_file_goes(self):
        with self.captureOnCommitCallbacks(execute=True):
            self.upload()
        with self.captureOnCommitCallbacks(execute=True):
            self.upload(PDF + b"Second.")

        self.assertEqual(self.get().body, PDF + b"Second.")
        self.assertEqual(len(self.stored()), 1)

    def test_saving_the_form_without_a_file_keeps_it_and_the_tick_takes_it_away(self):
        self.upload()
        self.upload(None)
        self.assertEqual(self.get().status_code, 200)

        with self.captureOnCommitCallbacks(execute=True):
            self.upload(None, remove_pdf="on")

        self.assertEqual(self.client.get(self.address).status_code, 404)
        self.assertEqual(self.stored(), [])


@override_settings(X_ACCEL_REDIRECT="/protected/")
class ProxyTests(DownloadTestCase):
    def test_the_proxy_is_told_which_file_to_send(self):
        response = self.get(Range="bytes=10-19")

        self.assertEqual((response.status_code, response.body), (200, b""))
        self.assertEqual(response.headers["X-Accel-Redirect"], f"/protected/{self.book.epub.name}")
        self.assertEqual(response.headers["Cache-Control"], "private, no-store")
        self.assertEqual(self.counted(), [])
        self.get()
        self.assertEqual(len(self.counted()), 1)

    def test_others_are_given_no_address(self):
        response = self.get(Client())

        self.assertEqual(response.status_code, 403)
        self.assertNotIn("X-Accel-Redirect", response.headers)

    def test_a_missing_file_is_a_404_page(self):
        address = reverse("book_download", args=[make_book("Typed in").pk])

        self.assertContains(self.client.get(address), "<main", status_code=404)
