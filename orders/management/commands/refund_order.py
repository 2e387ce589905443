from django.core.management.base import BaseCommand, CommandError

from orders.models import Order, RefundStatus
from orders.payments import refunds
from orders.payments.consequences import say_consequences
from users.models import CustomUser

UNREACHABLE = 2


class Command(BaseCommand):
    help = "Refund an order, in full or in part. Exit 2 if Stripe has not confirmed the refund yet."

    def add_arguments(self, parser):
        parser.add_argument("order", help="The order's id, or its number if only one order has it.")
        parser.add_argument(
            "--amount", type=int, help="In the currency's smallest unit; without it, everything that is left."
        )
        parser.add_argument(
            "--copies", type=int, help="Of an order for others: so many copies that nobody has taken."
        )
        parser.add_argument("--reason", required=True)
        parser.add_argument("--by", required=True, metavar="EMAIL", help="The member of staff who refunds.")

    def handle(self, *, order, amount, copies, reason, by, **options):
        if copies is not None and (copies < 1 or amount is not None):
            raise CommandError("Give an amount, or a number of copies from 1 on.")
        found = _find_order(order)
        # Before the refund, which expires the sessions that this order made cheaper.
        consequences = say_consequences(found)
        try:
            made = refunds.refund(
                found, by=_find_person(by), reason=reason, amount=amount, copies=copies or 0
            )
        except refunds.NotRefunded as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(refunds.describe(made))
        for sentence in consequences:
            self.stdout.write(sentence)
        if made.status == RefundStatus.REQUESTED:
            raise SystemExit(UNREACHABLE)


def _find_order(text):
    try:
        return Order.objects.find(text)
    except ValueError as error:
        raise CommandError(f"{text!r} is neither an order's id nor its number.") from error
    except Order.MultipleObjectsReturned as error:
        raise CommandError(f"Several orders have the number {text}: give the id.") from error
    except Order.DoesNotExist as error:
        raise CommandError(f"There is no order {text}.") from error


def _find_person(email):
    try:
        return CustomUser.objects.get_by_natural_key(email)
    except CustomUser.DoesNotExist as error:
        raise CommandError(f"Nobody has the e-mail address {email}.") from error
