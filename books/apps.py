from django.apps import AppConfig
from django.db.backends.signals import connection_created


class BooksConfig(AppConfig):
    name = "books"

    def ready(self):
        connection_created.connect(_lend_words_to_sqlite)


def _lend_words_to_sqlite(connection, **kwargs):
    """Give SQLite the function by which the triggers of migration 0012 find the words of a chapter."""
    # Django's models are not there yet when this module is imported.
    from books.search.inside.full_text import index_text  # noqa: PLC0415

    if connection.vendor == "sqlite":
        connection.connection.create_function("books_words", 1, index_text, deterministic=True)
