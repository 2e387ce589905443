"""Grants: what an order or staff unlock for a reader, and how that ends."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from books.models import Book, Bundle, Grant, Product
from users.models import CustomUser

from .permission import bring_permission, holds_permission, record, remove_permission
from .rules import of_product

type Part = tuple[Book | None, Bundle | None]

# Why a grant has ended: released by who had taken a copy that somebody else bought, and has left. What staff
# have suspended, only staff restore, as long as its order has not ended it too (`ended_otherwise`).
REFUNDED, DISPUTED, RELEASED, SUSPENDED = "refunded", "disputed", "released", "suspended"


def grant(user: CustomUser, product: Product, *, order_id: UUID, by: CustomUser | None = None) -> None:
    """Unlock what an order bought, or unlock it again; doing it twice changes nothing.

    Call it in the transaction that changes the order, with the reader's row locked. `by` is the member of
    staff who caused it, if one did; the admin's history then names them.
    """
    found = Grant.objects.filter(user=user, order_id=order_id, **of_product(product))
    known = {(each.book_id, each.bundle_id): each for each in found.select_related("bundle")}
    parts = {_key(part): part for part in product.grant_parts()}
    _create(user, [parts[key] for key in parts if key not in known], order_id, by)
    for each in (known[key] for key in parts if key in known):
        # A live grant is left alone: a permission that staff removed by hand is not given back.
        if each.end_reason in {REFUNDED, DISPUTED, RELEASED}:
            _begin(each, by)
            record(each, "Unlocked.", by=by)
        elif each.ended_otherwise:
            _end_otherwise(each, "")


def unlock(user: CustomUser, product: Product, *, order_id: UUID) -> None:
    """Unlock what an order bought that has never unlocked anything.

    As grant, which looks first for what the order unlocked before. Call it under the same conditions.
    """
    _create(user, product.grant_parts(), order_id)


def revoke(
    user: CustomUser,
    product: Product,
    *,
    order_id: UUID,
    reason: str,
    by: CustomUser | None = None,
) -> None:
    """End what an order unlocked; what another order or staff unlocked stays available.

    What staff have suspended can then no longer be restored. Call it under the same conditions as grant.
    """
    given = Q(ended_at=None) | Q(end_reason=SUSPENDED, ended_otherwise="")
    for found in Grant.objects.filter(given, user=user, order_id=order_id, **of_product(product)):
        if found.ended_at is None:
            _end(found, reason, by)
        else:
            _end_otherwise(found, reason)


@transaction.atomic
def give(user: CustomUser, product: Product, *, by: CustomUser, note: str) -> Grant:
    """Unlock a book or bundle for this reader without an order; return its grant, which names `by`."""
    _lock_readers({user.pk})
    given = [
        Grant.objects.create(user=user, book=book, bundle=bundle, granted_by=by, note=note)
        for book, bundle in product.grant_parts()
    ]
    for each in given:
        _begin(each, by)
    return given[0]


@transaction.atomic
def suspend(grants: Iterable[Grant], *, by: CustomUser | None) -> None:
    """End these grants until they are restored. `by` is who did it, None for a program."""
    for each in _locked(grants):
        if each.ended_at is None:
            _end(each, SUSPENDED, by)


@transaction.atomic
def restore(grants: Iterable[Grant], *, by: CustomUser | None) -> list[Grant]:
    """Bring back the grants that staff have suspended. `by` is who did it, None for a program.

    Returns those that stay ended, because their order has ended them too. They are no longer suspended: if
    the order is paid again, as after a refund that failed, they come back with it.
    """
    unpaid = []
    for each in _locked(grants):
        if each.end_reason != SUSPENDED:
            continue
        if each.ended_otherwise:
            each.end_reason = each.ended_otherwise
            _end_otherwise(each, "")
            record(each, f"No longer suspended, but {each.end_reason}.", by=by)
            unpaid.append(each)
        else:
            _begin(each, by)
            record(each, "Restored.", by=by)
    return unpaid


def _locked(grants: Iterable[Grant]) -> QuerySet[Grant]:
    """Lock the readers of these grants and return the grants as they are then."""
    found = {each.pk: each.user_id for each in grants}
    _lock_readers(set(found.values()))
    return Grant.objects.filter(pk__in=found).select_related("user", "bundle").order_by("pk")


def _lock_readers(keys: set[int]) -> None:
    """Lock these readers by key, as payments and claims do before they write grants.

    Without that, each side could wait for a grant that the other has changed, or leave All Books without the
    permission that the other was about to take.
    """
    readers = CustomUser.objects.select_for_update(no_key=True).filter(pk__in=keys)
    list(readers.order_by("pk").values_list("pk"))


def _key(part: Part) -> tuple[UUID | None, int | None]:
    book, bundle = part
    return book.pk if book else None, bundle.pk if bundle else None


def _create(user: CustomUser, parts: Iterable[Part], order_id: UUID, by: CustomUser | None = None) -> None:
    created = [Grant(user=user, order_id=order_id, book=book, bundle=bundle) for book, bundle in parts]
    for each in created:
        _bring_permission(each, by)
    Grant.objects.bulk_create(created)
    for each in created:
        record(each, "Unlocked.", by=by)


def _begin(begun: Grant, by: CustomUser | None) -> None:
    begun.ended_at, begun.end_reason = None, ""
    _bring_permission(begun, by)
    begun.save()


def _bring_permission(begun: Grant, by: CustomUser | None) -> None:
    if _is_of_everything(begun) and not begun.withdrawn and bring_permission(begun.user, by=by):
        begun.brought_permission = True


def _end(ended: Grant, reason: str, by: CustomUser | None) -> None:
    ended.ended_at, ended.end_reason = timezone.now(), reason
    if _is_of_everything(ended):
        ended.withdrawn = not holds_permission(ended.user)
        _pass_on_permission(ended, by)
    ended.save()
    record(ended, f"{reason.capitalize()}.", by=by)


def _end_otherwise(suspended: Grant, reason: str) -> None:
    """Keep why its order has ended a suspended grant; empty if the order gives it again."""
    suspended.ended_otherwise = reason
    suspended.save(update_fields=["end_reason", "ended_otherwise"])


def _pass_on_permission(ended: Grant, by: CustomUser | None) -> None:
    """Remove the permission that came with a grant, or leave it to another live grant of All Books."""
    if not ended.brought_permission:
        return
    ended.brought_permission = False
    others = Grant.objects.filter(user=ended.user, bundle__everything=True, book=None, ended_at=None)
    heir = others.exclude(pk=ended.pk).first()
    if heir is None:
        remove_permission(ended.user, by=by)
    else:
        Grant.objects.filter(pk=heir.pk).update(brought_permission=True)


def _is_of_everything(grant: Grant) -> bool:
    return grant.book is None and grant.bundle is not None and grant.bundle.everything
