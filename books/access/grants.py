"""Grants: what an order or staff open to a reader, and how that ends."""

from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone

from books.models import Grant, Product
from users.models import CustomUser

from .permission import holds_permission, special_status
from .rules import of_product

# Why a grant has ended. What staff have suspended only staff restore.
REFUNDED, DISPUTED, SUSPENDED = "refunded", "disputed", "suspended"


def grant(user: CustomUser, product: Product, *, order_id: UUID) -> None:
    """Open to this reader what an order bought, or open it again; doing it twice changes nothing.

    Call it in the transaction that changes the order, with the reader's row locked.
    """
    for book, bundle in product.grant_parts():
        found, new = Grant.objects.get_or_create(user=user, order_id=order_id, book=book, bundle=bundle)
        # Only one that begins: what staff took by hand while it was live stays taken.
        if new or found.end_reason in {REFUNDED, DISPUTED}:
            _begin(found)


def revoke(user: CustomUser, product: Product, *, order_id: UUID, reason: str) -> None:
    """Close what an order opened to this reader; what another order or staff gave stays open.

    Call it as grant is called.
    """
    for found in Grant.objects.filter(user=user, order_id=order_id, ended_at=None, **of_product(product)):
        _end(found, reason)


def give(user: CustomUser, product: Product, *, by: CustomUser, note: str) -> Grant:
    """Open a book or bundle to this reader without an order; return its grant."""
    given = [
        Grant.objects.create(user=user, book=book, bundle=bundle, granted_by=by, note=note)
        for book, bundle in product.grant_parts()
    ]
    for each in given:
        _begin(each)
    return given[0]


def suspend(grants: Iterable[Grant]) -> None:
    """Close what these grants open, until they are restored."""
    for each in grants:
        if each.ended_at is None:
            _end(each, SUSPENDED)


def restore(grants: Iterable[Grant]) -> None:
    """Open again what staff have suspended."""
    for each in grants:
        if each.end_reason == SUSPENDED:
            _begin(each)


def _begin(begun: Grant) -> None:
    begun.ended_at, begun.end_reason = None, ""
    if _opens_everything(begun) and not begun.withdrawn and not holds_permission(begun.user):
        begun.user.user_permissions.add(special_status())
        begun.brought_permission = True
    begun.save()


def _end(ended: Grant, reason: str) -> None:
    ended.ended_at, ended.end_reason = timezone.now(), reason
    if _opens_everything(ended):
        ended.withdrawn = not holds_permission(ended.user)
        _pass_on_permission(ended)
    ended.save()


def _pass_on_permission(ended: Grant) -> None:
    """Take the permission that came with a grant, unless another live one goes on with it."""
    if not ended.brought_permission:
        return
    ended.brought_permission = False
    others = Grant.objects.filter(user=ended.user, bundle__everything=True, book=None, ended_at=None)
    heir = others.exclude(pk=ended.pk).first()
    if heir is None:
        ended.user.user_permissions.remove(special_status())
    else:
        Grant.objects.filter(pk=heir.pk).update(brought_permission=True)


def _opens_everything(grant: Grant) -> bool:
    return grant.book is None and grant.bundle is not None and grant.bundle.everything
