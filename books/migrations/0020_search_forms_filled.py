"""Books that are there already are found by other forms of their words, too.

A million books take minutes.
"""

from itertools import batched

from django.db import migrations

from books.search.language.documents import document, heading
from books.search.indexing import LONGEST_DESCRIPTION
from books.search.language.spelling import remains
from books.search.language.stems import stemmed_language

AT_ONCE = 500


def fill(apps, schema_editor):
    SearchEntry = apps.get_model("books", "SearchEntry")
    SearchLanguage = apps.get_model("books", "SearchLanguage")
    entries = SearchEntry.objects.select_related("book").prefetch_related("book__subjects")
    languages = set()
    for batch in batched(list(SearchEntry.objects.values_list("pk", flat=True)), AT_ONCE):
        changed = list(entries.filter(pk__in=batch))
        for entry in changed:
            book, language = entry.book, stemmed_language(entry.book.language)
            subjects = " ".join(subject.name for subject in book.subjects.all())
            entry.heading = heading(book.title)
            entry.title = document(f"{book.title} {book.subtitle}", language)
            entry.subjects = document(f"{subjects} {book.isbn}", language)
            entry.description = document(book.description[:LONGEST_DESCRIPTION], language)
            languages.add(language)
        SearchEntry.objects.bulk_update(changed, ["heading", "title", "subjects", "description"])
    SearchLanguage.objects.bulk_create(
        [SearchLanguage(code=code) for code in sorted(languages - {""})], ignore_conflicts=True
    )


def fill_spellings(apps, schema_editor):
    SearchSpelling = apps.get_model("books", "SearchSpelling")
    words = apps.get_model("books", "SearchWord").objects.values_list("text", flat=True)
    for batch in batched(list(words), AT_ONCE):
        SearchSpelling.objects.bulk_create(
            [SearchSpelling(text=text, word_id=word) for word in batch for text in sorted(remains(word))],
            ignore_conflicts=True,
        )


class Migration(migrations.Migration):
    dependencies = [("books", "0019_search_forms")]
    operations = [
        # On the way back, stems stay as further words until the book is indexed again.
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(fill_spellings, migrations.RunPython.noop),
    ]
