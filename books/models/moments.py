"""Moments at which visitors' pages change by the clock alone: a sale begins or ends, a book opens.

No row changes then, so no trigger replaces the catalogue's revision; the latest moment that has passed is a
part of it instead (books/models/revision.py).
"""

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

# For this long the clocks of two machines may disagree about whether a moment has passed.
KEPT_FOR = timedelta(days=1)


class Moment(models.Model):
    """An instant after which visitors' pages may look different. One that proves needless does no harm."""

    at = models.DateTimeField(unique=True)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return self.at.isoformat()


def expect(at: datetime) -> None:
    """Let every page be rendered again at its first request from this instant on.

    For the transaction that saves what begins or ends then. One that has passed is a change at once.
    """
    Moment.objects.bulk_create([Moment(at=at)], ignore_conflicts=True)


def tidy() -> None:
    """Delete the moments that passed over a day ago, except the latest, which is a part of the revision.

    Without that one an earlier revision would come back, and with it the pages that were kept under it.
    """
    passed = Moment.objects.filter(at__lte=timezone.now() - KEPT_FOR)
    if latest := passed.order_by("-at").first():
        passed.filter(at__lt=latest.at).delete()
