import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pages.made_up import load, made_up_books

BAR = 30
# The exit status of a command that Ctrl-C has ended.
INTERRUPTED = 130


class Command(BaseCommand):
    help = (
        "Fill the shop with N made-up books, to try it out and measure it at any size: books with covers,"
        " subjects, series and chapters, authors, bundles, reviews, readers, paid orders and access. The same"
        " seed makes the same shop. Words are as common as in real texts: 'ferry' is in many titles, 'rain'"
        " in some, an author's surname in a few books. If there are made-up books already, those missing up"
        " to N are added and none is removed. Nobody can log in as one of the readers. Stripe knows none of"
        " the payments, so the money doctor reports them. On PostgreSQL, an empty shop gets a million books"
        " in about ten minutes; for SQLite that is too many. Nobody else should use the shop while it runs."
    )

    def add_arguments(self, parser):
        parser.add_argument("total", type=int, metavar="N", help="How many made-up books there should be.")
        parser.add_argument("--seed", type=int, default=1, help="Another number makes another shop.")
        parser.add_argument("--force", action="store_true", help="Load even if DEBUG is off.")

    def handle(self, *, total, seed, force, **options):
        if not (settings.DEBUG or force):
            raise CommandError(
                "DEBUG is off, and this may be a real shop. Use --force to add made-up books anyway."
            )
        there = made_up_books().count()
        if there >= total:
            self.stdout.write(f"There are {there:,} made-up books already. Nothing was added.")
            return
        try:
            load(total, seed=seed, progress=Progress(total - there, self.stderr))
        except KeyboardInterrupt:
            raise CommandError("Stopped. Nothing was added.", returncode=INTERRUPTED) from None
        self.stdout.write(f"Added {total - there:,} made-up books; there are {total:,} now.")


class Progress:
    """A bar on a terminal; elsewhere a line for every tenth."""

    def __init__(self, total, out):
        self.total = total
        self.out = out
        self.began = time.monotonic()
        self.shown = 0

    def __call__(self, done):
        """Show that so many of the books are done."""
        tenth = done * 10 // self.total
        if not (self.out.isatty() or tenth > self.shown):
            return
        self.shown = tenth
        left = (time.monotonic() - self.began) * (self.total - done) / done
        bar = "#" * (done * BAR // self.total)
        line = f"{bar:.<{BAR}} {done:,} of {self.total:,} books, {_clock(left)} left"
        ending = "\r" if self.out.isatty() and done < self.total else "\n"
        self.out.write(line, ending=ending)


def _clock(seconds):
    return f"{seconds // 60:.0f}:{seconds % 60:02.0f}"
