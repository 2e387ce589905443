"""What a guest may read becomes what an account may read."""

from uuid import UUID

from books.models import Grant, Told
from users.models import CustomUser

from .grants import SUSPENDED
from .permission import bring_permission, holds_permission, remove_permission


def move(guest: CustomUser, account: CustomUser) -> None:
    """Give a guest's grants to an account, and the permission to read every book if the guest holds it.

    Called through settings.MOVED_WITH_A_GUEST. A permission that staff removed from the guest stays removed.
    """
    if holds_permission(guest):
        remove_permission(guest, by=None)
        is_new = bring_permission(account, by=None)
        # Otherwise the account keeps its own, whatever becomes of this grant.
        Grant.objects.filter(user=guest, brought_permission=True).update(brought_permission=is_new)
    _end_twofold(guest, account)
    Grant.objects.filter(user=guest).update(user=account)
    # Whoever was told as either is not told again.
    told = Told.objects.filter(reader=account).values("announcement")
    Told.objects.filter(reader=guest).exclude(announcement__in=told).update(reader=account)
    Told.objects.filter(reader=guest).delete()


def _end_twofold(guest: CustomUser, account: CustomUser) -> None:
    """Leave one grant of each where both have one by the same order, which has several copies.

    A live one stays rather than one that has ended, and what staff have suspended rather than what was left.
    """
    of_orders = Grant.objects.filter(user=guest, order_id__isnull=False).values("order_id")
    kept = {_key(each): each for each in Grant.objects.filter(user=account, order_id__in=of_orders)}
    for each in Grant.objects.filter(user=guest):
        if (other := kept.get(_key(each))) is not None:
            (other if _weight(each) > _weight(other) else each).delete()


def _weight(grant: Grant) -> int:
    return 2 if grant.ended_at is None else int(grant.end_reason == SUSPENDED)


def _key(grant: Grant) -> tuple[UUID | None, UUID | None, int | None]:
    return grant.order_id, grant.book_id, grant.bundle_id
