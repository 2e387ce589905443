"""When a book goes, by whatever way, its files go with it."""

from django.core.files.storage import default_storage
from django.db.models.signals import pre_delete
from django.dispatch import receiver

from books.models import Book
from books.models.catalogue import private_storage

from .covers import files_of_cover
from .files import remove_on_commit


@receiver(pre_delete, sender=Book, dispatch_uid="remove_files_of_book")
def remove_files_of_book(instance, **kwargs):
    """Remove the EPUB, the PDF, the illustrations and the cover once the book is deleted."""
    files = {file.name for file in (instance.epub, instance.pdf) if file}
    files.update(instance.illustrations.values_list("file", flat=True))
    remove_on_commit(private_storage(), files)
    remove_on_commit(default_storage, files_of_cover(instance))
