"""Who may read what. The only code that touches `special_status`."""

from django.contrib.auth.models import Permission

from books.models import Book, Chapter
from users.models import CustomUser

SPECIAL_STATUS = "books.special_status"


def grant_all_books(user: CustomUser) -> None:
    """Open every book to this reader; doing it again changes nothing."""
    user.user_permissions.add(_special_status())


def revoke_all_books(user: CustomUser) -> None:
    """Take back what grant_all_books gave."""
    user.user_permissions.remove(_special_status())


def may_read(user: CustomUser, book: Book) -> bool:
    """Tell whether this visitor, anonymous ones included, may read the whole book."""
    return has_all_books(user)


def has_all_books(user: CustomUser) -> bool:
    """Tell whether every book is open to this visitor: bought, granted by staff, or a superuser."""
    return user.has_perm(SPECIAL_STATUS)


def may_read_chapter(user: CustomUser, chapter: Chapter) -> bool:
    """Tell whether this visitor may read the chapter: as part of the sample or of an open book."""
    return chapter.number <= chapter.book.sample_chapters or may_read(user, chapter.book)


def _special_status() -> Permission:
    return Permission.objects.get_by_natural_key("special_status", "books", "book")
