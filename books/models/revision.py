"""The catalogue's revision, by which a process knows whether the pages it keeps are still current."""

from django.db import connection, models
from django.utils import timezone

# Before the moment that is a part of a revision.
SINCE = "since "


class CatalogueRevision(models.Model):
    """A random token, replaced by every statement that changes what visitors see.

    Only the database's triggers write it (migration catalogue_revision), so that no change can be forgotten:
    bulk updates, cascades, the admin, and SQL typed by hand. The revision is the set of all tokens. It has
    several while transactions overlap: each leaves alone the tokens that another is replacing, so that
    nobody waits for a long import. The latest Moment that has passed is a part of it, for what changes by the
    clock alone.
    """

    token = models.UUIDField(primary_key=True)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return str(self.token)


def current_revision():
    """Return the catalogue's revision, empty if it is not known; a different one after every change.

    Read it before the rows that a page shows. Then a page kept under it may be newer, but never older.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT token, (SELECT MAX(at) FROM books_moment WHERE at <= %s) FROM books_cataloguerevision",
            [connection.ops.adapt_datetimefield_value(timezone.now())],
        )
        rows = cursor.fetchall()
    tokens = sorted(str(token) for token, _ in rows)
    passed = {f"{SINCE}{moment}" for _, moment in rows if moment}
    return (*tokens, *passed)


def knows_a_moment(revision):
    """Tell whether anything has ever begun or ended by the clock: only then can a sale run."""
    return any(part.startswith(SINCE) for part in revision)
