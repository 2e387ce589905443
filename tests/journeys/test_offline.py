"""A book kept for the train: read, marked and left while the network is cut, and gone after the log-out."""

import re
from io import BytesIO
from time import monotonic, sleep

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Error, expect

from books import access
from books.models import Edition, Illustration, Position
from tests.browser import MILLISECONDS
from tests.journeys.test_accessibility import violations
from tests.journeys.test_marks import select
from tests.journeys.test_place import place
from tests.journeys.test_reading import open_tool
from tests.shop import shop
from users.tests.builders import PASSWORD, make_reader

pytestmark = pytest.mark.browser

CACHES = "caches.keys().then((names) => names.filter((name) => name.startsWith('bookstore-')).length)"
WORKERS = "navigator.serviceWorker.getRegistrations().then((all) => all.length)"
KEPT_PAGE = """async (address) => {
  const kept = await caches.match(address);
  return (await kept?.text())?.includes("It never rained.") ?? null;
}"""


@pytest.fixture(scope="module")
def browser(chromium):
    """The whole Chromium: in its shell, what waits is not sent once the network is back."""
    with chromium.whole() as whole:
        yield whole


@pytest.fixture
def owner(ada, novel):
    """Ada, who owns the novel, which has a picture in its third chapter."""
    access.give(ada, novel, by=None, note="A present")
    file = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(file, "PNG")
    picture = Illustration(book=novel, name="quay.png", first_chapter=3)
    picture.file.save("quay.png", ContentFile(file.getvalue()))
    chapter = novel.chapters.get(number=3)
    chapter.html = f'<p><img src="/books/{novel.pk}/pictures/quay.png" alt="The quay"></p>{chapter.html}'
    chapter.save()
    yield ada
    picture.file.delete(save=False)


def keep(page, book):
    page.goto(f"/books/{book.pk}/")
    page.get_by_text("Keep on this device", exact=True).first.click()
    page.get_by_role("button", name="Keep on this device (about 0.").click()
    expect(page.get_by_text("You can read it without a connection now.")).to_be_visible()


def becomes(look, wanted):
    """Wait until the worker, which nobody sees, has done its part."""
    deadline = monotonic() + MILLISECONDS / 1000
    while (found := look()) != wanted:
        assert monotonic() < deadline, found
        sleep(0.1)


def cut(page):
    page.context.set_offline(True)


def connect(page):
    page.context.set_offline(False)


def forgive(page):
    """Allow what a browser without a network writes to its console, and nothing else."""
    others = [each for each in page.problems if "ERR_INTERNET_DISCONNECTED" not in each]
    page.problems[:] = others


def test_it_is_read_and_marked_offline_and_saved_to_the_account_afterwards(page, novel, owner, log_in):
    log_in(page, owner)
    keep(page, novel)
    cut(page)

    # From anywhere, the kept books are in view; the next chapter has its picture.
    page.goto("/library/")
    expect(page.get_by_role("heading", name="You’re offline")).to_be_visible()
    page.get_by_role("link", name="The Long Ferry").click()
    page.wait_for_url(f"/books/{novel.pk}/read/1/")
    for number in (2, 3):
        # By key: a click would scroll to the end first, which is a leap.
        page.keyboard.press("j")
        page.wait_for_url(f"/books/{novel.pk}/read/{number}/")
    picture = page.get_by_role("img", name="The quay")
    page.wait_for_function("() => document.querySelector('.reader-text img').complete")
    assert picture.evaluate("(image) => image.naturalWidth") == 40

    select(page, "It rained, and number 2", "went below")
    page.get_by_role("button", name="Highlight in green").click()
    expect(page.get_by_text("Highlighted in green.")).to_be_visible()
    page.keyboard.press("PageDown")
    page.wait_for_timeout(4000)
    assert (owner.marks.count(), owner.positions.count()) == (0, 0)

    # Closed and opened again, still offline: at the same place, with the highlight.
    page.goto(f"/books/{novel.pk}/read/")
    page.wait_for_url(f"/books/{novel.pk}/read/3/")
    expect(page.locator("[data-left-off]")).to_be_hidden()
    page.wait_for_function("() => CSS.highlights.get('mark-green')?.size === 1")
    page.goto("/library/offline/")
    expect(page.get_by_text("2 changes wait to be saved to your account")).to_be_visible()

    connect(page)
    expect(page.get_by_text("2 changes wait")).to_be_hidden()
    assert [(mark.colour, mark.chapter) for mark in owner.marks.all()] == [("green", 3)]
    assert (3, 0) < place(owner) < (3, 0.5)
    forgive(page)


def test_a_mark_made_changed_and_deleted_offline_leaves_nothing(page, novel, owner, log_in):
    log_in(page, owner)
    keep(page, novel)
    page.goto(f"/books/{novel.pk}/read/2/")
    cut(page)
    for words in ("It rained, and number 1 ", "It rained, and number 2 "):
        select(page, words, "went below")
        page.get_by_role("button", name="Highlight in pink").click()
        expect(page.get_by_text("Highlighted in pink.")).to_be_visible()
    open_tool(page, "bookmarks")
    first, second = page.locator("[data-waiting] li").all()
    first.get_by_role("link", name="Add a note").click()
    page.get_by_label("Note", exact=True).fill("On the way down")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Your note is saved.")).to_be_visible()
    open_tool(page, "bookmarks")
    second.get_by_role("link", name="Delete the highlight").click()
    expect(second).to_be_hidden()

    connect(page)

    # The page shows the account's list as soon as it has them.
    expect(page.locator("[data-waiting]")).to_have_count(0)
    assert [(mark.colour, mark.note) for mark in owner.marks.all()] == [("pink", "On the way down")]
    forgive(page)


def test_a_deletion_is_undone_offline_and_after_it_has_been_sent(page, novel, owner, log_in):
    words = "It rained, and number 1 of the passengers"
    owner.marks.create(book=novel, chapter=2, colour="pink", quotation=words, note="Wet", fraction=0)
    before = list(owner.marks.values())
    log_in(page, owner)
    keep(page, novel)
    page.goto(f"/books/{novel.pk}/read/2/")
    marked = page.locator("[data-marks] li")
    drawn = "CSS.highlights.get('mark-pink')?.size ?? 0"

    for undone_online in (False, True):
        cut(page)
        open_tool(page, "bookmarks")
        marked.get_by_role("link", name="Delete the highlight").click()
        expect(page.get_by_text("Your highlight is deleted.")).to_be_visible()
        expect(marked).to_be_hidden()
        assert page.evaluate(drawn) == 0
        if undone_online:
            connect(page)
            becomes(owner.marks.count, 0)
            expect(marked).to_have_count(0)
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_text("Your highlight is back.")).to_be_visible()
        assert page.evaluate(drawn) == 1
        connect(page)
        page.keyboard.press("Escape")

    assert list(owner.marks.values()) == before
    page.goto("/library/offline/")
    expect(page.get_by_text("MB, kept on")).to_be_visible()
    expect(page.get_by_text("to be saved to your account")).to_be_hidden()
    assert list(owner.marks.values()) == before
    forgive(page)


def test_the_other_device_is_further_on_and_the_reader_is_asked(page, novel, owner, log_in):
    log_in(page, owner)
    keep(page, novel)
    cut(page)
    page.goto(f"/books/{novel.pk}/read/")
    page.wait_for_url(f"/books/{novel.pk}/read/1/")
    with page.expect_response("**/place/"):
        page.keyboard.press("j")
        page.wait_for_url(f"/books/{novel.pk}/read/2/")
    # The phone reads on meanwhile.
    Position.objects.keep(owner, novel.chapters.get(number=3), 0.5)
    page.goto("/library/offline/")
    expect(page.get_by_text("1 change waits")).to_be_visible()

    connect(page)
    expect(page.get_by_text("1 change waits")).to_be_hidden()

    assert place(owner) == (3, 0.5)
    page.goto(f"/books/{novel.pk}/read/")
    question = page.get_by_role("alert")
    expect(question).to_contain_text("in chapter 2. On another device you’re at 62%.")
    question.get_by_role("button", name="Stay at 62%").click()
    expect(question).to_have_count(0)
    page.reload()
    page.wait_for_timeout(500)
    expect(question).to_have_count(0)
    forgive(page)


def test_nothing_is_left_after_logging_out(page, novel, owner, log_in):
    log_in(page, owner)
    keep(page, novel)
    assert page.evaluate(CACHES) == 2

    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("/")

    becomes(lambda: page.evaluate(CACHES), 0)
    becomes(lambda: page.evaluate(WORKERS), 0)
    cut(page)
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
        page.goto(f"/books/{novel.pk}/read/2/")
    page.problems.clear()


def test_logging_out_without_a_connection_deletes_it_too(page, novel, owner, log_in):
    log_in(page, owner)
    keep(page, novel)
    page.reload()
    cut(page)

    page.get_by_role("button", name="Log out").click()
    connect(page)
    page.goto("/about/")

    becomes(lambda: page.evaluate(CACHES), 0)
    page.problems.clear()


def test_logging_out_in_another_tab_leaves_nothing_to_the_first_one(page, novel, owner, log_in):
    log_in(page, owner)
    keep(page, novel)
    page.goto(f"/books/{novel.pk}/read/2/")
    other = page.context.new_page()
    other.goto("/library/")
    other.get_by_role("button", name="Log out").click()
    other.wait_for_url("/")
    becomes(lambda: page.evaluate(CACHES), 0)

    # The chapter is still open in the first tab; nothing of it is kept, nor what is marked in it now.
    select(page, "It rained, and number 1 ", "went below")
    page.get_by_role("button", name="Highlight in green").click()

    expect(page.get_by_text("We couldn’t save that.")).to_be_visible()
    assert owner.marks.count() == 0
    kept = "Promise.all([offline.books(), offline.changes()]).then((all) => all.flat().length)"
    assert page.evaluate(kept) == 0
    assert page.evaluate("localStorage.length") == 0
    cut(page)
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
        page.goto(f"/books/{novel.pk}/read/2/")
    page.problems.clear()


def test_an_erased_account_leaves_nothing(page, novel, owner, log_in):
    log_in(page, owner)
    keep(page, novel)
    page.goto(reverse("account_erase"))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Yes, erase my account for good").check()
    page.get_by_role("button", name="Erase my account").click()
    expect(page.get_by_text("Your account has been erased.")).to_be_visible()

    becomes(lambda: page.evaluate(CACHES), 0)
    becomes(lambda: page.evaluate(WORKERS), 0)
    assert page.evaluate("localStorage.length") == 0
    cut(page)
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
        page.goto(f"/books/{novel.pk}/read/2/")
    page.problems.clear()


@pytest.mark.parametrize(
    ("locale", "size", "day"),
    [("en_US", r"0\.\d MB", r"[A-Z]\w+ \d+, 20\d\d"), ("de_DE", r"0,\d MB", r"\d+ [A-Z]\w+ 20\d\d")],
)
def test_sizes_and_days_are_written_as_the_shop_writes_them(
    page, novel, owner, log_in, settings, locale, size, day
):
    settings.SHOP = shop(locale=locale)
    log_in(page, owner)
    page.goto(f"/books/{novel.pk}/")
    page.get_by_text("Keep on this device", exact=True).first.click()
    page.get_by_role("button", name=re.compile(rf"\(about {size}\)")).click()
    expect(page.get_by_text("You can read it without a connection now.")).to_be_visible()

    page.goto("/library/offline/")

    kept = page.get_by_role("listitem").filter(has_text="The Long Ferry")
    expect(kept).to_have_text(re.compile(f"{size}, kept on {day} "))


def worker(page):
    """Return the service worker of the site, in which a test may set the clock and the network."""
    [worker] = page.context.service_workers
    return worker


def test_a_network_that_does_not_answer_is_waited_for_no_longer_than_a_reader_would(
    page, novel, owner, log_in
):
    log_in(page, owner)
    keep(page, novel)
    page.reload()
    worker(page).evaluate(
        """() => {
          globalThis.waits = [];
          globalThis.fetch = () => new Promise(() => {});
          const { setTimeout } = globalThis;
          globalThis.setTimeout = (act, wait, ...rest) => setTimeout(act, waits.push(wait) && 0, ...rest);
        }"""
    )

    page.goto(f"/books/{novel.pk}/read/2/")

    expect(page.locator(".reader-text")).to_contain_text("number 1 of the passengers")
    waits = worker(page).evaluate("waits")
    assert waits
    assert max(waits) <= 5000


@pytest.mark.parametrize(("days", "is_kept"), [(29, True), (31, False)])
def test_a_book_is_kept_for_30_days_without_a_connection(page, novel, owner, log_in, days, is_kept):
    log_in(page, owner)
    keep(page, novel)
    page.reload()
    # After a reload the worker notes when it last reached the shop: not by the clock that is set below.
    worker(page).evaluate("offline.contact()")
    cut(page)
    worker(page).evaluate(
        """(days) => {
          const { now } = Date;
          Date.now = () => now() + days * 24 * 60 * 60 * 1000;
        }""",
        days,
    )

    if is_kept:
        page.goto(f"/books/{novel.pk}/read/2/")
        expect(page.locator(".reader-text")).to_contain_text("number 1 of the passengers")
    else:
        with pytest.raises(Error, match="ERR_FAILED"):
            page.goto(f"/books/{novel.pk}/read/2/")
        connect(page)
        page.goto("/about/")
        becomes(lambda: page.evaluate(CACHES), 0)
    page.problems.clear()


def test_a_book_that_is_removed_while_one_of_its_pages_is_stored_leaves_nothing(page, novel, owner, log_in):
    log_in(page, owner)
    keep(page, novel)
    page.reload()
    worker(page).evaluate(
        """() => {
          globalThis.stored = 0;
          const { open } = caches;
          const { keepFrame } = offline;
          const soon = () => new Promise((resolve) => setTimeout(resolve, 2000));
          caches.open = (name) => soon().then(() => open.call(caches, name));
          offline.keepFrame = (...all) => keepFrame(...all).then(() => { stored += 1; });
        }"""
    )

    page.goto(f"/books/{novel.pk}/read/2/")
    page.goto(f"/books/{novel.pk}/")
    page.get_by_text("Kept on this device", exact=True).first.click()
    page.get_by_role("button", name="Remove from this device").click()
    expect(page.get_by_text("It’s no longer on this device.")).to_be_visible()

    becomes(lambda: worker(page).evaluate("stored"), 1)
    becomes(lambda: page.evaluate(CACHES), 0)


def test_another_account_in_the_same_browser_finds_nothing_and_sends_nothing(page, novel, owner, log_in):
    log_in(page, owner)
    keep(page, novel)
    page.goto(f"/books/{novel.pk}/read/2/")
    cut(page)
    select(page, "It rained, and number 1 ", "went below")
    page.get_by_role("button", name="Highlight in blue").click()
    expect(page.get_by_text("Highlighted in blue.")).to_be_visible()
    bob = make_reader("bob@example.com")
    access.give_permission(bob, by=None)
    # Not by logging out: the session is another one.
    log_in(page, bob)
    connect(page)

    page.goto("/library/")

    becomes(lambda: page.evaluate(CACHES), 0)
    page.goto("/library/offline/")
    expect(page.get_by_text("No books yet.")).to_be_visible()
    assert (owner.marks.count(), bob.marks.count()) == (0, 0)
    forgive(page)


def test_a_session_that_ended_takes_the_book_but_changes_wait_for_their_account(page, novel, owner, log_in):
    log_in(page, owner)
    keep(page, novel)
    page.goto(f"/books/{novel.pk}/read/2/")
    cut(page)
    select(page, "It rained, and number 1 ", "went below")
    page.get_by_role("button", name="Highlight in blue").click()
    expect(page.get_by_text("Highlighted in blue.")).to_be_visible()
    page.context.clear_cookies()
    connect(page)

    page.goto("/about/")
    becomes(lambda: page.evaluate(CACHES), 0)
    assert owner.marks.count() == 0
    log_in(page, owner)
    page.goto("/library/offline/")

    becomes(lambda: [mark.colour for mark in owner.marks.all()], ["blue"])
    forgive(page)


def test_a_refunded_book_is_removed_at_the_next_contact(page, novel, owner, log_in):
    log_in(page, owner)
    keep(page, novel)
    owner.grants.update(ended_at=timezone.now())

    page.goto("/about/")

    becomes(lambda: page.evaluate(CACHES), 0)
    cut(page)
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
        page.goto(f"/books/{novel.pk}/read/2/")
    page.problems.clear()


def test_a_new_edition_is_fetched_when_the_shop_can_be_reached(page, novel, owner, log_in):
    log_in(page, owner)
    keep(page, novel)
    chapter = novel.chapters.get(number=4)
    chapter.html = "<p>It never rained.</p>"
    chapter.save()
    Edition.objects.create(book=novel)

    page.goto("/about/")
    # The old one is removed last.
    becomes(
        lambda: (page.evaluate(KEPT_PAGE, f"/books/{novel.pk}/read/4/"), page.evaluate(CACHES)), (True, 2)
    )
    cut(page)
    page.goto(f"/books/{novel.pk}/read/4/")

    expect(page.get_by_text("It never rained.")).to_be_visible()
    forgive(page)


def test_it_can_be_removed_and_nothing_runs_for_whoever_keeps_nothing(page, novel, owner, log_in):
    log_in(page, owner)
    page.goto(f"/books/{novel.pk}/read/2/")
    page.goto("/library/offline/")
    expect(page.get_by_text("No books yet.")).to_be_visible()
    assert page.evaluate("indexedDB.databases().then((all) => all.length)") == 0
    keep(page, novel)
    page.goto("/library/offline/")
    expect(page.get_by_text("MB, kept on")).to_be_visible()
    assert violations(page) == []

    page.get_by_role("button", name="Remove “The Long Ferry” from this device").click()

    expect(page.get_by_text("No books yet.")).to_be_visible()
    assert page.evaluate(CACHES) == 0
    assert page.evaluate(WORKERS) == 0


def test_a_full_device_says_so_and_keeps_nothing(page, novel, owner, log_in):
    log_in(page, owner)
    page.goto(f"/books/{novel.pk}/")
    full = "() => Promise.reject(new DOMException('', 'QuotaExceededError'))"
    page.evaluate(f"() => {{ Cache.prototype.put = {full}; }}")

    page.get_by_text("Keep on this device", exact=True).first.click()
    page.get_by_role("button", name="Keep on this device (about 0.").click()

    expect(page.get_by_text("There isn’t enough room on this device.")).to_be_visible()
    assert page.evaluate(CACHES) == 0


def test_a_device_keeps_no_more_books_than_it_can_ask_about(page, novel, owner, log_in):
    log_in(page, owner)
    page.goto(f"/books/{novel.pk}/")
    rows = [{"id": f"{number:036}", "account": str(owner.pk)} for number in range(50)]
    page.evaluate("(rows) => Promise.all(rows.map(offline.saveBook))", rows)

    page.get_by_text("Keep on this device", exact=True).first.click()
    page.get_by_role("button", name="Keep on this device (about 0.").click()

    expect(page.get_by_text("A device keeps up to 50 books. Remove one to make room.")).to_be_visible()
    assert page.evaluate(CACHES) == 0


def test_without_javascript_nothing_is_offered(plain_page, novel, owner, log_in):
    log_in(plain_page, owner)
    plain_page.goto(f"/books/{novel.pk}/")

    expect(plain_page.get_by_text("Keep on this device").first).to_be_hidden()
    plain_page.goto("/library/offline/")
    expect(plain_page.get_by_text("needs JavaScript")).to_be_visible()
