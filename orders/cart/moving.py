"""What a guest has gathered goes into an account's cart."""

from orders.models import CartItem
from users.models import CustomUser


def move(guest: CustomUser, account: CustomUser) -> None:
    """Put what is in a guest's cart into an account's, each thing once.

    Called through settings.MOVED_WITH_A_GUEST, and with the first look at the cart after a log-in.
    """
    items = CartItem.objects.filter(reader=guest)
    if rows := [CartItem(reader=account, item=each.item) for each in items]:
        # At the same moment the account may add the same in another browser.
        CartItem.objects.bulk_create(rows, ignore_conflicts=True)
        items.delete()
