"""The latest examination, kept in the database so that the doctor's page shows it to all staff."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from orders.models import Examination, ExaminationDifference

from .differences import Difference
from .examination import Report

# An older one says too little about the shop as it is now.
KEPT = timedelta(hours=24)


def keep(report: Report) -> None:
    """Store a report in the place of those before it."""
    with transaction.atomic():
        kept = Examination.objects.create(
            orders=report.orders, other_mode=report.other_mode, left_out=report.left_out
        )
        _add(kept, report.differences)
        # Only earlier ones: a colleague may be storing another at this moment.
        Examination.objects.filter(pk__lt=kept.pk).delete()


def find() -> Examination | None:
    """Return the latest examination, unless it is too old."""
    return Examination.objects.filter(at__gt=timezone.now() - KEPT).last()


def charges_of(order_id: UUID) -> tuple[str, ...]:
    """Return the charges found for an order, which the order itself may not know."""
    found = ExaminationDifference.objects.filter(examination=find(), order_id=order_id)
    return tuple(found.values_list("charge_id", flat=True))


def replace(order_id: UUID, differences: Iterable[Difference]) -> None:
    """Replace the differences of one order by these."""
    with transaction.atomic():
        # Locked: two members of staff may repair the same order at once.
        latest = Examination.objects.select_for_update().filter(at__gt=timezone.now() - KEPT).last()
        if latest is not None:
            latest.differences.filter(order_id=order_id).delete()
            _add(latest, differences)


def _add(examination: Examination, differences: Iterable[Difference]) -> None:
    ExaminationDifference.objects.bulk_create(
        ExaminationDifference(
            examination=examination,
            kind=each.kind,
            order_id=each.order,
            charge_id=each.charge_id,
            detail=each.detail,
        )
        for each in differences
    )
