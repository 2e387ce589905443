"""When staff delete a book, its files go with it."""

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import ProtectedError, QuerySet

from books import access
from books.models import Book
from books.models.catalogue import private_storage

from .covers import files_of_cover
from .files import remove_on_commit


@transaction.atomic
def delete_books(books: QuerySet[Book]) -> None:
    """Delete the books and, once that is committed, their EPUBs, PDFs, illustrations and covers.

    Raises ProtectedError, and deletes nothing, if anybody owns or has owned one of them, through whatever
    they bought or were given: such a book can only be taken out of the shop.
    """
    if owned := access.ever_owned(books):
        raise ProtectedError("Somebody owns these books.", set(books.filter(pk__in=owned)))
    for book in books:
        files = {file.name for file in (book.epub, book.pdf) if file}
        files.update(book.illustrations.values_list("file", flat=True))
        remove_on_commit(private_storage(), files)
        remove_on_commit(default_storage, files_of_cover(book))
    books.delete()
