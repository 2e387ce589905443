from datetime import timedelta

from django.core.management.base import BaseCommand

from orders.management import standard_output
from orders.payments import catch_up


class Command(BaseCommand):
    help = "Ask Stripe about orders in doubt, and settle them. Safe to repeat, to run in parallel, to kill."

    def add_arguments(self, parser):
        parser.add_argument(
            "--minutes",
            type=int,
            default=10,
            help="Only orders in doubt for longer than this; 0 takes all (default 10).",
        )
        parser.add_argument("--json", action="store_true", help="Print one JSON object and nothing else.")

    def handle(self, *, minutes, **options):
        if options["json"]:
            standard_output.keep_for_the_answer()
        outcome = catch_up.reconcile(older_than=timedelta(minutes=minutes))
        if options["json"]:
            self.stdout.write(outcome.as_json())
        else:
            self.stdout.write(str(outcome))
        if outcome.unreachable:
            raise SystemExit(2)
