"""Which orders there are: in doubt, open for a product, paid in vain, or found by their number."""

import uuid

from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch

from books.models.grants import ORDER_NUMBER_LENGTH

from .lines import OrderLine, lines_with_products
from .states import DOUBTFUL_OUTCOMES


class OrderQuerySet(models.QuerySet):
    def in_doubt(self, *, since):
        """Orders whose outcome at Stripe has been unknown since that moment."""
        return self.filter(attempts__outcome__in=DOUBTFUL_OUTCOMES, attempts__created_at__lte=since)

    def with_lines(self):
        """Orders with their lines and what was bought, in one more query."""
        return self.prefetch_related(Prefetch("lines", lines_with_products()))

    def open_for(self, user, items):
        """The reader's orders with an open line of their own for these; for one product there is one."""
        open_lines = OrderLine.objects.filter(reader=user, item__in=items, is_open=True, for_others=False)
        return self.filter(pk__in=open_lines.values("order"))

    def for_the_products_of(self, order):
        """The reader's orders, this one among them, with a line for one of its products."""
        bought = OrderLine.objects.filter(order=order.pk).values("item")
        lines = OrderLine.objects.filter(reader=order.user_id, item__in=bought)
        return self.filter(pk__in=lines.values("order"), livemode=order.livemode)

    def kept_in_vain(self):
        """Orders that were paid and not refunded in full, with a line that gives no access."""
        closed = OrderLine.objects.filter(order=OuterRef("pk"), is_open=False)
        return self.filter(Exists(closed), paid_at__isnull=False, refunded_amount__lt=F("amount"))

    def find(self, text):
        """Return the order with this id, or the only one with this number.

        Raises ValueError if it is neither, DoesNotExist and MultipleObjectsReturned.
        """
        rest = 32 - ORDER_NUMBER_LENGTH
        is_number = len(text) == ORDER_NUMBER_LENGTH
        first, last = (uuid.UUID(text + digit * rest if is_number else text) for digit in "0f")
        return self.get(pk__range=(first, last))
