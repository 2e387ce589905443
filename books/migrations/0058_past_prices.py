"""What prices were (books/models/prices/past.py), written by triggers whoever changes a price.

A row holds the price that ended, so nothing is filled in: what costs today what it always cost has no past.
PostgreSQL: one trigger for each statement, which reads the rows before and after it together. SQLite: one for
each row. `until` is when the transaction began; of several changes in one, only the first was ever seen.
"""

import importlib

import django.db.models.deletion
from django.db import migrations, models

revision = importlib.import_module("books.migrations.0022_catalogue_revision")

# What a book costs while it is sold by itself.
SOLD = "CASE WHEN {row}.is_published THEN {row}.price END"
CURRENCY = "(SELECT currency FROM books_pricelist WHERE id = {row}.price_list_id)"
FORMULA = "{row}.rate, {row}.ending, {row}.rounding"
PRICE = "INSERT INTO books_pastprice (book_id, bundle_id, currency, amount, until)"
PAST_FORMULA = "INSERT INTO books_pastformula (currency, rate, ending, rounding, until)"
BOOK = f"{{row}}.id, NULL, '', {SOLD}"
BUNDLE = "NULL, {row}.id, '', {row}.price"
NEW_BUNDLE = "NULL, {row}.id, '', NULL"
TYPED = f"{{row}}.book_id, {{row}}.bundle_id, {CURRENCY}, {{row}}.amount"
NOT_TYPED = f"{{row}}.book_id, {{row}}.bundle_id, {CURRENCY}, NULL"
LIST = f"{{row}}.currency, {FORMULA}"
NO_LIST = "{row}.currency, NULL, '', 'nearest'"
# For each table: what is written when a row is added, changed (if these differ) and removed.
KEPT = {
    "books_book": (PRICE, None, (BOOK, SOLD), None),
    "books_bundle": (PRICE, NEW_BUNDLE, (BUNDLE, "{row}.price"), None),
    "books_listprice": (PRICE, NOT_TYPED, (TYPED, "{row}.amount"), TYPED),
    "books_pricelist": (PAST_FORMULA, NO_LIST, (LIST, f"({FORMULA})"), LIST),
}
EVENTS = ("INSERT", "UPDATE", "DELETE")


def of(row, text):
    return text.format(row=row)


def postgresql():
    for table, (into, *written) in KEPT.items():
        for event, kept in zip(EVENTS, written, strict=True):
            if kept is None:
                continue
            name = f"{table}_{event.lower()}_keeps_price"
            if event == "UPDATE":
                values, compared = kept
                referencing = "OLD TABLE AS old_rows NEW TABLE AS new_rows"
                found = f"""
                    SELECT {of("old_rows", values)}, now() FROM old_rows JOIN new_rows ON old_rows.id = new_rows.id
                    WHERE {of("old_rows", compared)} IS DISTINCT FROM {of("new_rows", compared)}
                """  # noqa: S608 (made of the constants above)
            else:
                row = "new_rows" if event == "INSERT" else "old_rows"
                referencing = f"{'NEW' if event == 'INSERT' else 'OLD'} TABLE AS {row}"
                found = f"SELECT {of(row, kept)}, now() FROM {row}"  # noqa: S608 (as above)
            yield f"""
                CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF EXISTS ({found}) THEN {into} {found}; END IF;
                    RETURN NULL;
                END
                $$
            """
            yield f"""
                CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {referencing}
                FOR EACH STATEMENT EXECUTE FUNCTION {name}()
            """


NOW = "strftime('%Y-%m-%d %H:%M:%f000', 'now')"


def sqlite():
    for table, (into, *written) in KEPT.items():
        for event, kept in zip(EVENTS, written, strict=True):
            if kept is None:
                continue
            when, row = "", "new" if event == "INSERT" else "old"
            if event == "UPDATE":
                kept, compared = kept
                columns = compared.strip("()").split(", ") if table == "books_pricelist" else [compared]
                differ = " OR ".join(f"{of('old', each)} IS NOT {of('new', each)}" for each in columns)
                when = f"WHEN {differ}"
            yield f"""
                CREATE TRIGGER {table}_{event.lower()}_keeps_price AFTER {event} ON {table} {when}
                BEGIN {into} VALUES ({of(row, kept)}, {NOW}); END
            """


# Pages are made from what prices were, too.
TABLES = ["books_pastprice", "books_pastformula"]
WATCHED_POSTGRESQL = [
    f"""
    CREATE TRIGGER catalogue_revised AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION books_revise_catalogue()
    """
    for table in TABLES
]
WATCHED_SQLITE = [
    f"CREATE TRIGGER {table}_{name}_revised AFTER {event} ON {table} BEGIN {revision.REVISE} END"
    for table in TABLES
    for name, event in revision.EVENTS.items()
]


def create_triggers(apps, schema_editor):
    revision.execute(schema_editor, {"postgresql": list(postgresql()), "sqlite": list(sqlite())})


def drop_triggers(apps, schema_editor):
    kept = [
        (table, f"{table}_{event.lower()}_keeps_price")
        for table, (_, *written) in KEPT.items()
        for event, each in zip(EVENTS, written, strict=True)
        if each is not None
    ]
    postgresql = [f"DROP FUNCTION {name}() CASCADE" for _, name in kept]
    revision.execute(
        schema_editor, {"postgresql": postgresql, "sqlite": [f"DROP TRIGGER {name}" for _, name in kept]}
    )


def watch(apps, schema_editor):
    revision.execute(schema_editor, {"postgresql": WATCHED_POSTGRESQL, "sqlite": WATCHED_SQLITE})


class Migration(migrations.Migration):
    dependencies = [("books", "0057_free_books")]

    operations = [
        migrations.CreateModel(
            name="PastFormula",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("currency", models.CharField(max_length=3)),
                ("rate", models.DecimalField(decimal_places=6, max_digits=14, null=True)),
                ("ending", models.CharField(blank=True, max_length=2)),
                ("rounding", models.CharField(max_length=7)),
                ("until", models.DateTimeField()),
            ],
            options={"ordering": ["until", "pk"], "default_permissions": ()},
        ),
        migrations.CreateModel(
            name="PastPrice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "book",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="past_prices",
                        to="books.book",
                    ),
                ),
                (
                    "bundle",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="past_prices",
                        to="books.bundle",
                    ),
                ),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("amount", models.PositiveIntegerField(null=True)),
                ("until", models.DateTimeField()),
            ],
            options={"ordering": ["until", "pk"], "default_permissions": ()},
        ),
        migrations.RunPython(watch, migrations.RunPython.noop),
        migrations.RunPython(create_triggers, drop_triggers),
    ]
