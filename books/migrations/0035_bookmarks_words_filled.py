"""Fill in the words of bookmarks from the chapters they are in.

A bookmark whose old excerpt is not there was left behind by an earlier edition. It keeps that excerpt, by which
the next edition is searched for it. Positions need no words before a new edition takes them from the old text.
"""

from django.db import migrations

from books.models.places import words_at

CUT = " …"
AT_ONCE = 1_000


def fill(apps, schema_editor):
    bookmarks = apps.get_model("books", "Bookmark").objects.using(schema_editor.connection.alias)
    chapters = apps.get_model("books", "Chapter").objects.using(schema_editor.connection.alias)
    marked = bookmarks.order_by("book", "chapter").values_list("book", "chapter").distinct()
    for book, number in marked.iterator():
        chapter = chapters.filter(book=book, number=number).only("title", "plain_text").first()
        if chapter:
            _fill_those_in(chapter, bookmarks.filter(book=book, chapter=number))


def _fill_those_in(chapter, bookmarks):
    changed = []
    for bookmark in bookmarks.order_by("pk").iterator():
        words = words_at(chapter.plain_text, bookmark.fraction)
        known = bookmark.excerpt.removesuffix(CUT)
        bookmark.excerpt = known
        if words.excerpt.startswith(known):
            bookmark.chapter_title, (bookmark.before, bookmark.excerpt) = chapter.title, words
        changed.append(bookmark)
    bookmarks.bulk_update(changed, ["chapter_title", "before", "excerpt"], batch_size=AT_ONCE)


class Migration(migrations.Migration):
    dependencies = [("books", "0034_places_have_words")]

    # Going back needs nothing: the longer excerpts are still excerpts.
    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
