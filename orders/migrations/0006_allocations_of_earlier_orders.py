"""Books the money of orders from before there were allocations, in the order in which they were paid.

What an order newly opened is read from the grants: the books that came with it, less those that another grant
opened to the reader at that moment.
"""

from django.db import migrations
from django.db.models import Exists, OuterRef, Q, Sum

from orders.pricing.apportionment import apportion, apportion_among_books

# As orders.models has them when this is written.
COUNTED_REFUNDS = ("requested", "pending", "requires_action", "succeeded")
WITHHELD = ("needs_response", "under_review", "lost")


def allocate(apps, schema_editor):
    """Write the rows of every paid order that has none, and what the discounts of its lines rest on."""
    orders = apps.get_model("orders", "Order").objects
    paid = orders.filter(paid_at__isnull=False, lines__allocations=None, lines__amount__gt=0).distinct()
    # Their keys alone are read first: what is written changes what the query would find.
    for key in list(paid.order_by("paid_at", "id").values_list("pk", flat=True)):
        _allocate_order(apps, orders.get(pk=key))
    lines = apps.get_model("orders", "OrderLine").objects.select_related("order", "bundle")
    cheaper = lines.filter(credit__gt=0, bundle__isnull=False, credits=None)
    for key in list(cheaper.order_by("order__created_at", "pk").values_list("pk", flat=True)):
        _credit(apps, lines.get(pk=key))


def take_away(apps, schema_editor):
    """Remove all rows; allocate writes them again."""
    apps.get_model("orders", "SetCredit").objects.all().delete()
    apps.get_model("orders", "Allocation").objects.all().delete()


def _allocate_order(apps, order):
    refunds = list(order.refunds.filter(status__in=COUNTED_REFUNDS).prefetch_related("lines"))
    lines = list(order.lines.select_related("book", "bundle"))
    refunded = _refunded(order, lines, {line.pk for refund in refunds for line in refund.lines.all()})
    refunded_at = max((refund.created_at for refund in refunds), default=order.paid_at)
    disputed_at = max(order.disputes.values_list("opened_at", flat=True), default=order.paid_at)
    for line in lines:
        paid = _paid_for(apps, order, line) if line.amount else {}
        left = apportion(line.amount - refunded[line.pk], paid)
        _append(apps, line, paid, "payment", order.paid_at)
        _append(apps, line, {book: left[book] - paid[book] for book in paid}, "refund", refunded_at)
        if order.status == "disputed":
            _append(apps, line, {book: -left[book] for book in paid}, "dispute", disputed_at)


def _paid_for(apps, order, line):
    """Return what each book that a line newly opened has got of its money."""
    books = _books_of(apps, order, line)
    grants = apps.get_model("books", "Grant").objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=order.paid_at), user=order.user_id, granted_at__lt=order.paid_at
    )
    others = grants.exclude(order_id=order.pk)
    newly = books.exclude(Exists(others.filter(book=OuterRef("pk"))))
    if others.filter(book=None, bundle__everything=True).exists():
        newly = books.none()
    return (
        apportion_among_books(line.amount, newly)
        or apportion_among_books(line.amount, books)
        or {None: line.amount}
    )


def _books_of(apps, order, line):
    """Return the books that came with a line, as far as the grants still say so."""
    books = apps.get_model("books", "Book").objects
    if line.book_id:
        return books.filter(pk=line.book_id)
    if line.bundle.everything:
        return books.filter(first_published_at__lte=order.paid_at)
    came = apps.get_model("books", "Grant").objects.filter(order_id=order.pk, bundle=line.bundle_id)
    with_it = books.filter(pk__in=came.exclude(book=None).values("book"))
    return with_it if with_it.exists() else books.filter(bundles=line.bundle_id)


def _refunded(order, lines, given_back):
    """Return how much of each line went back."""
    if order.status == "refunded":
        return {line.pk: line.amount for line in lines}
    whole = {line.pk: line.amount for line in lines if line.pk in given_back}
    others = {line.pk: line.amount for line in lines if line.pk not in given_back}
    rest = max(order.refunded_amount - sum(whole.values()), 0)
    return dict.fromkeys(others, 0) | whole | apportion(rest, others)


def _append(apps, line, shares, cause, moment):
    rows = apps.get_model("orders", "Allocation")
    rows.objects.bulk_create(
        [
            rows(line_id=line.pk, book_id=book, amount=amount, cause=cause, created_at=moment)
            for book, amount in shares.items()
            if amount
        ],
        batch_size=1000,
    )


def _credit(apps, line):
    """Write down what a discount rested on: what earlier orders had brought for its books by then."""
    order, rows = line.order, apps.get_model("orders", "SetCredit")
    booked = apps.get_model("orders", "Allocation").objects.filter(
        line__order__user=order.user_id, created_at__lt=order.created_at
    )
    if not line.bundle.everything:
        booked = booked.filter(book__in=_books_of(apps, order, line))
    sums = booked.values_list("line", "book").annotate(sum=Sum("amount")).filter(sum__gt=0)
    rows.objects.bulk_create(
        rows(line_id=line.pk, source_id=source, book_id=book, amount=amount) for source, book, amount in sums
    )


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0005_allocations'),
    ]

    operations = [
        migrations.RunPython(allocate, take_away),
    ]
