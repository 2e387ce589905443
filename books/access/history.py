"""Who changed somebody's access, written into the admin's history of what they changed."""

from django.contrib.admin.models import CHANGE, LogEntry

from books.models import Grant
from users.models import CustomUser


def record(changed: Grant | CustomUser, message: str, *, by: CustomUser | None) -> None:
    """Write that `by` made this change.

    None stands for an order or a program: an order is named in its grant, and nobody else did anything.
    Call it in the transaction of the change.
    """
    if by is not None:
        LogEntry.objects.log_actions(by.pk, [changed], CHANGE, message)
