"""Why somebody may or may not read a book, in sentences for staff. Decides nothing: rules.py does."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from books.models import Book, Grant
from users.formats import day
from users.models import CustomUser

from . import permission, rules


@dataclass(frozen=True)
class Reason:
    """One reason to read the book, or one that no longer counts (`opens` False); its grant, if any."""

    opens: bool
    sentence: str
    grant: Grant | None = None


@dataclass(frozen=True)
class Explanation:
    """Whether the reader may read the whole book, and every reason for and against."""

    may_read: bool
    reasons: list[Reason]


def explain(user: CustomUser, book: Book) -> Explanation:
    """Return why this reader may read this book, or why not."""
    reasons = [*_of_account(user), *map(_of_grant, _grants(user, book)), *_of_day(book), *_of_sample(book)]
    return Explanation(may_read=rules.may_read(user, book), reasons=reasons)


def _grants(user: CustomUser, book: Book) -> QuerySet[Grant]:
    found = Grant.objects.filter(rules.grants_opening(book), user=user).distinct()
    return found.select_related("book", "bundle", "granted_by")


def _of_account(user: CustomUser) -> Iterator[Reason]:
    if not user.is_active:
        yield Reason(False, "The account is inactive: nobody can log in to it.")
    if user.is_superuser:
        yield Reason(True, "Is a superuser, and superusers read everything.")
    for group in user.groups.filter(permissions=permission.special_status()):
        yield Reason(
            True, f"Belongs to the group “{group}”, whose members may read every book (special_status)."
        )
    if permission.holds_permission(user):
        came = Grant.objects.filter(user=user, brought_permission=True, ended_at=None).exists()
        whence = "came with the grant of All Books below" if came else "was given by hand in the admin"
        yield Reason(True, f"Holds the permission to read every book (special_status), which {whence}.")


def _of_grant(grant: Grant) -> Reason:
    whence = f"Order {grant.order_number}" if grant.order_id else "Staff"
    if grant.granted_by is not None:
        whence = f"{grant.granted_by.email}"
    what = f"“{grant.product}”" + (f" as part of “{grant.bundle}”" if grant.book and grant.bundle else "")
    sentence = f"{whence} unlocked {what} on {day(grant.granted_at)}."
    if grant.note:
        sentence += f" Note: {grant.note}"
    if grant.ended_at is not None:
        return Reason(False, f"{sentence} It ended on {day(grant.ended_at)}: {grant.end_reason}.", grant)
    if grant.bundle and grant.bundle.everything and not permission.has_all_books(grant.user):
        taken = "Since then staff have removed special_status by hand, and it is not given back."
        return Reason(False, f"{sentence} {taken}", grant)
    return Reason(True, sentence, grant)


def _of_day(book: Book) -> Iterator[Reason]:
    if book.preorder:
        lacks = "" if book.epub else " It has no file yet."
        yield Reason(False, f"{book.preorder}. Until then, nobody reads more than its sample.{lacks}")


def _of_sample(book: Book) -> Iterator[Reason]:
    if book.sample_chapters:
        many = book.sample_chapters > 1
        what = f"first {book.sample_chapters} chapters are" if many else "first chapter is"
        yield Reason(False, f"Its {what} the sample, which anyone may read.")
