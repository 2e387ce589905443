import json

from django.core.management.base import BaseCommand

from orders import reconciliation
from orders.management import standard_output

UNREACHABLE = 2


class Command(BaseCommand):
    help = "Compare Stripe, the orders and readers' access; list every difference. Exit 0 only if none."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="Print one JSON object and nothing else.")
        parser.add_argument(
            "--repair", action="store_true", help="First repair what is safe, then print what is left."
        )

    def handle(self, **options):
        standard_output.keep_for_the_answer()
        try:
            if options["repair"]:
                self._repair(reconciliation.examine(say=self.stderr.write))
            report = reconciliation.examine(with_rows=options["json"], say=self.stderr.write)
        except reconciliation.CANNOT_ASK as error:
            self.stderr.write("Stripe could not be asked; nothing was compared.")
            raise SystemExit(UNREACHABLE) from error
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict()))
        else:
            self._print(report)
        if not report.is_clean:
            raise SystemExit(1)

    def _repair(self, report):
        """Repair what can be repaired; messages go to standard error, because the answer may be JSON."""
        for difference in report.counted:
            if reconciliation.can_repair(difference.kind):
                try:
                    reconciliation.repair(difference)
                except reconciliation.NotRepaired as reason:
                    self.stderr.write(f"{difference.kind}: {difference.order}: {reason}")

    def _print(self, report):
        for difference in report.differences:
            self.stdout.write(f"{difference.kind}: {difference.order or 'no order'}: {difference.detail}")
        if report.other_mode:
            said = "orders in Stripe's other mode (test or live) were not compared with Stripe."
            self.stdout.write(f"{report.other_mode} {said}")
        notes = len(report.differences) - len(report.counted)
        said = f"{report.orders} orders, {len(report.counted)} differences"
        self.stdout.write(f"{said}, {notes} notes." if notes else f"{said}.")
