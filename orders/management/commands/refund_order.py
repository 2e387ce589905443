from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from orders.models import Order, RefundStatus
from orders.payments import refunds
from orders.payments.consequences import say_consequences
from users.models import CustomUser

UNREACHABLE = 2
NUMBER_LENGTH = 8


class Command(BaseCommand):
    help = "Give back an order, in full or in part. Exit 2 if Stripe has not confirmed it yet."

    def add_arguments(self, parser):
        parser.add_argument("order", help="The order's id, or its number if no other order has it.")
        parser.add_argument(
            "--amount", type=int, help="In the currency's smallest unit; without it all that is left."
        )
        parser.add_argument("--reason", required=True)
        parser.add_argument("--by", required=True, metavar="EMAIL", help="Who refunds, and may.")

    def handle(self, *, order, amount, reason, by, **options):
        found = _find_order(order)
        # Asked for before: afterwards no session is open any more that this order had made cheaper.
        consequences = say_consequences(found)
        try:
            made = refunds.refund(found, by=_find_person(by), reason=reason, amount=amount)
        except refunds.NotRefunded as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(refunds.describe(made))
        for sentence in consequences:
            self.stdout.write(sentence)
        if made.status == RefundStatus.REQUESTED:
            raise SystemExit(UNREACHABLE)


def _find_order(text):
    """Return the order with this id, or the only one whose id begins with this number."""
    is_number = len(text) == NUMBER_LENGTH
    rest = 32 - NUMBER_LENGTH
    try:
        between = [UUID(text + digit * rest) if is_number else UUID(text) for digit in "0f"]
    except ValueError as error:
        raise CommandError(f"{text!r} is neither an order's id nor its number.") from error
    found = Order.objects.filter(pk__range=between)[:2]
    if len(found) > 1:
        raise CommandError(f"Several orders have the number {text}: give the id.")
    if not found:
        raise CommandError(f"There is no order {text}.")
    return found[0]


def _find_person(email):
    try:
        return CustomUser.objects.get_by_natural_key(email)
    except CustomUser.DoesNotExist as error:
        raise CommandError(f"Nobody has the e-mail address {email}.") from error
