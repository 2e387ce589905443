"""What a guest may read becomes what an account may read."""

from books.models import Grant, Told
from users.models import CustomUser

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
    Grant.objects.filter(user=guest).update(user=account)
    # Whoever was told as either is not told again.
    told = Told.objects.filter(reader=account).values("announcement")
    Told.objects.filter(reader=guest).exclude(announcement__in=told).update(reader=account)
    Told.objects.filter(reader=guest).delete()
