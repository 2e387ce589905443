from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from books.fidelity.files import bytes_of, epubs_in
from books.fidelity.measuring import measure
from books.fidelity.table import table
from books.models import Book


class Command(BaseCommand):
    help = "Import every EPUB of a folder into an empty shop, and say which words do not arrive."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, help="Searched to its depths, for unpacked EPUBs too.")

    def handle(self, *, folder, **options):
        if Book.objects.exists():
            raise CommandError("This shop has books. Use `make fidelity`, which makes an empty one.")
        paths = list(epubs_in(folder))
        if not paths:
            raise CommandError("No EPUBs found.")
        results = {}
        for number, path in enumerate(paths, 1):
            name = str(path.relative_to(folder)) if path != folder else path.name
            results[name] = result = measure(path.name, bytes_of(path))
            self.stderr.write(f"[{number}/{len(paths)}] {_word(result)} {name}")
        self.stdout.write("\n".join(table(results)))
        if any(result.lost and not result.refusal for result in results.values()):
            raise SystemExit(1)


def _word(result):
    if result.refusal:
        return f"refused ({result.refusal}):"
    return f"LOST {result.lost}:" if result.lost else "imported:"
