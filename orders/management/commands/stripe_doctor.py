from django.core.management.base import BaseCommand

from orders.checks import stripe_account
from orders.checks.stripe_account import Level
from orders.management import standard_output

UNREACHABLE = 2


class Command(BaseCommand):
    help = "Say what this Stripe account and configuration can do. Exit 0 if the configured checkout works."

    def handle(self, **options):
        standard_output.keep_for_the_answer()
        levels = set()
        try:
            for finding in stripe_account.examine():
                levels.add(finding.level)
                self.stdout.write(f"{finding.level:<5} {finding.text}")
        except stripe_account.CANNOT_ASK as error:
            self.stderr.write("Stripe could not be reached; nothing more can be said.")
            raise SystemExit(UNREACHABLE) from error
        if Level.WRONG in levels:
            raise SystemExit(1)
