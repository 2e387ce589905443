"""Staff upload a book, see what was found in it, publish it, and replace it by a new edition."""

import re

import pytest
from playwright.sync_api import expect

from books import access
from books.models import Book, Intake
from books.publishing import importing
from books.reading.marks.marking import add_highlight
from books.tests.builders import make_staff
from books.tests.epubs import CHAPTERS, METADATA, make_epub, make_picture
from tests.mailbox import mail_to

pytestmark = pytest.mark.browser


@pytest.fixture
def grace(site):
    """Grace, who runs the shop."""
    return make_staff()


@pytest.fixture
def desk(page, grace, log_in):
    """The list of books, open in front of Grace."""
    log_in(page, grace)
    page.goto("/admin/books/book/")
    yield page
    # The admin's pages load more files: let them finish, so that no answer is cut off.
    page.wait_for_load_state()


def upload(desk, *paths):
    desk.goto("/admin/books/book/")
    desk.get_by_role("link", name="Add EPUB files").click()
    desk.get_by_label("EPUB files").set_input_files(paths)
    desk.get_by_role("button", name="Check files").click()


def said(desk):
    return desk.locator(".messagelist li")


def test_a_book_from_the_file_to_the_shop(desk, tmp_path):
    path = make_epub(tmp_path / "ferry.epub", cover=make_picture(size=(960, 1440)))
    (tmp_path / "notes.epub").write_bytes(b"Just words.")

    upload(desk, path, tmp_path / "notes.epub")
    expect(said(desk)).to_have_count(2)
    expect(said(desk).filter(has_text="“notes.epub”: ")).to_be_visible()
    desk.get_by_role("link", name="The Ferry").click()
    expect(desk.get_by_role("img", name="Cover")).to_be_visible()
    expect(desk.get_by_text("The book says nothing about its accessibility.")).to_be_visible()
    desk.get_by_label("Price in USD").fill("12.50")
    desk.get_by_role("button", name="Import as a new book, unpublished").click()

    expect(said(desk)).to_have_text("“The Ferry” has been imported. It is not published yet.")
    desk.get_by_role("link", name="Preview").click()
    expect(desk.get_by_text("Not published: only staff")).to_be_visible()
    desk.go_back()
    desk.get_by_role("button", name="Publish").click()

    expect(said(desk)).to_have_text("“The Ferry” is now in the shop.")
    desk.goto("/books/")
    expect(desk.get_by_role("link", name="The Ferry").first).to_be_visible()
    assert Book.objects.get().price == 1250


def test_a_new_edition_with_letters_to_those_who_own_the_book(desk, grace, ada, tmp_path, settings):
    settings.MAILERS = {"default": {"BACKEND": "bookstore_project.mail.QueueBackend"}}
    upload(desk, make_epub(tmp_path / "first.epub"))
    desk.get_by_role("button", name="Import as a new book, unpublished").click()
    desk.get_by_role("button", name="Publish").click()
    access.give(ada, Book.objects.get(), by=grace, note="A friend.")
    more = {**CHAPTERS, "three.xhtml": "<h1>Slack Water</h1><p>It waited.</p>"}

    upload(desk, make_epub(tmp_path / "second.epub", chapters=more))
    expect(desk.get_by_label("What’s new")).to_have_value("1 chapter added.")
    desk.get_by_label("Write to the 1 reader who owns it").check()
    desk.get_by_role("button", name="Replace “The Ferry” with this edition").click()

    expect(said(desk)).to_have_text(
        "“The Ferry” now has its new edition: 1 chapter added. 1 e-mail will go out."
    )
    [letter] = mail_to(ada.email)
    assert "1 chapter added." in letter.message


def test_a_file_with_an_error_is_imported_by_whoever_has_seen_it(desk, grace, tmp_path):
    broken = {"one.xhtml": '<h1>Low</h1><p><a href="#gone">On</a></p>', "two.xhtml": "<p>It rained.</p>"}

    upload(desk, make_epub(tmp_path / "broken.epub", chapters=broken))
    expect(desk.get_by_text("A link leads nowhere in the book")).to_be_visible()
    desk.get_by_label("Import it anyway: I have seen this error").check()
    desk.get_by_role("button", name="Import as a new book, unpublished").click()

    expect(said(desk)).to_have_text("“The Ferry” has been imported. It is not published yet.")
    assert Intake.objects.get().accepted_by == grace


def test_marks_are_at_their_words_in_a_new_edition(desk, grace, ada, tmp_path, log_in):
    rain = "".join(f"<p>On day {number} it rained on the lower quay.</p>" for number in range(60))
    words = "A dog was waiting on the far side, as it had waited since spring."
    chapters = {
        "one.xhtml": f"<h1>Low Water</h1>{rain}<p>{words}</p>{rain}",
        "two.xhtml": "<h1>Mud</h1><p>It dried.</p>",
    }
    book = importing.import_epub(make_epub(chapters=chapters), price=900).book
    access.give(ada, book, by=grace, note="A friend.")
    add_highlight(ada, book.chapters.get(number=1), words, "green", note="Whose dog?")
    foreword = {"foreword.xhtml": f"<h1>Foreword</h1>{rain}"}
    revised = foreword | chapters | {"one.xhtml": f"<h1>Low Water</h1>{rain}{rain}<p>{words}</p>"}
    again = METADATA.replace("4ee55e27", "00000000")

    upload(desk, make_epub(tmp_path / "second.epub", chapters=revised, metadata=again))
    desk.get_by_role("button", name="This is a new edition of “The Ferry”").click()
    desk.get_by_role("link", name="Chapter by chapter").click()
    expect(desk.get_by_role("row").filter(has_text="Foreword")).to_contain_text("New")
    expect(desk.get_by_role("row").filter(has_text="Low Water")).to_contain_text("Revised")
    desk.get_by_role("link", name="Back to the file").click()
    desk.get_by_role("button", name="Replace “The Ferry” with this edition").click()
    expect(said(desk)).to_have_text(
        "“The Ferry” now has its new edition: 1 chapter added, 1 chapter revised."
    )
    log_in(desk, ada)
    desk.goto("/library/bookmarks/")
    desk.get_by_role("link", name=re.compile("A dog was waiting|Low Water")).first.click()

    expect(desk).to_have_url(re.compile(r"/read/2/"))
    expect(desk.locator(".reader-text p", has_text=words)).to_be_in_viewport()
