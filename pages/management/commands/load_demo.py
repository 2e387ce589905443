from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from books import access
from books.demo.bundles import BUNDLES
from books.demo.epubs import build_epub, demo_price, demo_sources
from books.demo.offers import make_offers
from books.demo.readers import READERS, REVIEWS
from books.models import Bundle, Review
from books.publishing.importing import import_epub, imported_before
from orders.models import DiscountCode
from orders.models.buying.codes import key_of
from pages.writing.demo import furnish
from users.models import CustomUser

# Shown on the screen, because these accounts are for everybody.
PASSWORD = "testpass123"
ALL_BOOKS = {
    "title": "All Books",
    "slug": "all-books",
    "price": 3900,
    "description": "Every book in this shop, and every book that comes later.",
}

CODE = {"code": "QUAY10", "percent": 10, "batch": "Demo"}


class Command(BaseCommand):
    help = (
        "Fill the shop with a name, pages, books, bundles, offers, reviews and accounts for a demo; "
        "what is already there is left alone."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--force",
            action="store_true",
            help="Load even if DEBUG is off; the accounts' password is public.",
        )

    def handle(self, *, force, **options):
        if not (settings.DEBUG or force):
            raise CommandError(
                "DEBUG is off, and the demo accounts have a public password. Use --force to add them anyway."
            )
        furnish()
        Bundle.objects.get_or_create(everything=True, defaults=ALL_BOOKS)
        people = _open_accounts()
        shelf = {source.name: self._put_on_shelf(source) for source in demo_sources()}
        books = {name: book for name, (book, _) in shelf.items()}
        make_offers({name: book for name, (book, is_new) in shelf.items() if is_new})
        _make_code()
        _tie_bundles(books)
        _write_reviews(books, people)
        self.stdout.write(
            f"The demo shop is ready. Every account's password is {PASSWORD}:\n"
            "  testuser@email.com   owns nothing yet\n"
            "  reader@example.com   can read all books\n"
            "  staff@example.com    runs the shop\n"
            f"The discount code {CODE['code']} takes {CODE['percent']}% off."
        )

    def _put_on_shelf(self, source):
        """Return the book of a folder, and whether it is new."""
        with TemporaryDirectory() as folder:
            data = build_epub(source, Path(folder) / f"{source.name}.epub").read_bytes()
        if book := imported_before(data):
            return book, False
        book = import_epub(BytesIO(data), price=demo_price(source)).book
        self.stdout.write(f"Added {book}.")
        return book, True


def _open_accounts():
    """Return the reviewers by their names in REVIEWS."""
    _open_account("testuser@email.com")
    staff, _ = _open_account("staff@example.com", is_staff=True, is_superuser=True)
    people = {name: _reviewer(name, public_name) for name, public_name in READERS.items() if name != "reader"}
    reader, new = _open_account("reader@example.com", username=READERS["reader"])
    if new:
        access.give_permission(reader, by=staff)
    return people | {"reader": reader}


def _open_account(email, **fields):
    """Return the account, and whether it is new; one that exists keeps everything, its password too."""
    user = CustomUser.objects.filter(email=email).first()
    if user:
        return user, False
    user = CustomUser(email=email, **fields)
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user, True


def _reviewer(name, public_name):
    """Return an account that wrote reviews and cannot log in."""
    email = f"{name}@readers.example"
    user = CustomUser.objects.filter(email=email).first()
    if user is None:
        user = CustomUser(email=email, username=public_name)
        user.set_unusable_password()
        user.save()
    return user


def _tie_bundles(books):
    for slug, title, price, folders, description in BUNDLES:
        bundle, new = Bundle.objects.get_or_create(
            slug=slug, defaults={"title": title, "price": price, "description": description}
        )
        if new:
            bundle.books.set([books[folder] for folder in folders])


def _make_code():
    DiscountCode.objects.get_or_create(key=key_of(CODE["code"]), defaults=CODE)


def _write_reviews(books, people):
    missing = [
        Review(book=books[folder], author=people[name], rating=rating, text=text)
        for folder, name, rating, text in REVIEWS
    ]
    # A reader reviews a book once, so reviews that are there already conflict and are left out.
    Review.objects.bulk_create(missing, ignore_conflicts=True)
