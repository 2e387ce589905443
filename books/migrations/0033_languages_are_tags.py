"""Languages that were stored as files write them, such as "eng" and "de-at", become one tag for each language."""

from django.db import migrations


def standardise(apps, schema_editor):
    # Loaded late: only this migration and imports need it.
    import langcodes  # noqa: PLC0415

    books = apps.get_model("books", "Book").objects.using(schema_editor.connection.alias)
    for language in books.order_by("language").values_list("language", flat=True).distinct():
        try:
            tag = langcodes.standardize_tag(language)
        except ValueError:
            continue
        if tag != language:
            books.filter(language=language).update(language=tag)


class Migration(migrations.Migration):
    dependencies = [("books", "0032_printed_pages")]
    operations = [migrations.RunPython(standardise, migrations.RunPython.noop, elidable=True)]
