import json

from django.core.management.base import BaseCommand

from orders import doctor, outcomes
from orders.management import standard_output

UNREACHABLE = 2


class Command(BaseCommand):
    help = "Prove that Stripe, the orders and the access agree; list every difference. Exit 0 only if none."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="Print one JSON object and nothing else.")

    def handle(self, **options):
        if options["json"]:
            standard_output.keep_for_the_answer()
        try:
            report = doctor.examine()
        except (outcomes.OutcomeUnknown, outcomes.NothingCharged) as error:
            self.stderr.write("Stripe could not be asked; nothing was compared.")
            raise SystemExit(UNREACHABLE) from error
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict()))
        else:
            self._print(report)
        if not report.is_clean:
            raise SystemExit(1)

    def _print(self, report):
        for difference in report.differences:
            self.stdout.write(f"{difference.kind}: {difference.order or 'no order'}: {difference.detail}")
        self.stdout.write(f"{len(report.orders)} orders, {len(report.differences)} differences.")
