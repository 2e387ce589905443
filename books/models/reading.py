"""What we keep of a reader: where they left off, how they like pages set, and what they wish for."""

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from users.formats import percent
from users.prepared import Given, PreparedObjects

from .catalogue import Book
from .places import Place
from .text import Chapter


class ReadElsewhere(Exception):
    """Another device has moved the reader's place to `position`, and reading on here does not change that."""

    def __init__(self, position):
        super().__init__(position)
        self.position = position


class PositionQuerySet(models.QuerySet):
    def of(self, user, book_id):
        """Return where the user is in the book, or None; `user` may be anonymous."""
        return next(iter(_place(user=user.pk, book=book_id)), None)

    def keep(self, user, chapter, fraction):
        """Save this as the place where the user is in the book, by their own choice; return it."""
        with transaction.atomic():
            position, is_new = self.get_or_create(
                user=user, book=chapter.book, defaults=_at(chapter, fraction, timezone.now())
            )
            if not is_new:
                moved = self.filter(pk=position.pk)
                moved.update(version=F("version") + 1, **_at(chapter, fraction, timezone.now()))
                position = moved.get()
        return position

    def read_on(self, user, chapter, fraction, *, known, reached_at, pace=None):
        """Move the place of a user who has read on to here, at this pace if it is known; return it.

        `known` is the version of the place that their device knows, 0 if it knows none; `reached_at` is when
        they got here. Messages of a device that was asleep arrive late, and two devices may send theirs at
        the same time. So the place is moved only if no other device has moved it, or if it was left earlier
        and is not further on. Raises ReadElsewhere otherwise.
        """
        here = _at(chapter, fraction, reached_at) | ({"pace": pace} if pace else {})
        # One statement: a database runs those on the same row one after the other.
        is_free = Q(version=known) | Q(updated_at__lt=reached_at, progress__lte=here["progress"])
        mine = self.filter(user=user, book=chapter.book)
        if not mine.filter(is_free).update(version=F("version") + 1, **here):
            position, is_new = self.get_or_create(user=user, book=chapter.book, defaults=here)
            if is_new:
                return position
            raise ReadElsewhere(position)
        return mine.get()


@PreparedObjects
def _place():
    of_user = Position.objects.filter(user=Given("user", models.IntegerField()))
    # Without an order, which would take longer than the row, of which there is one at most.
    return of_user.filter(book=Given("book", models.UUIDField())).order_by()


def _at(chapter, fraction, moment):
    tally = Chapter.objects.filter(book=chapter.book_id).aggregate(
        whole=Sum("length"), before=Sum("length", filter=Q(number__lt=chapter.number), default=0)
    )
    return {
        "chapter": chapter.number,
        "fraction": fraction,
        "progress": (tally["before"] + fraction * chapter.length) / tally["whole"],
        "updated_at": moment,
        # Those of an earlier place; nothing shows a position's words before a new edition needs them.
        **{"chapter_title": "", "before": "", "excerpt": "", "is_lost": False},
    }


class Position(Place):
    """Where a reader left off in a book."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="positions")
    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="positions")
    # The share of the book before it when it was saved, from 0 to 1; at 1 the book is finished.
    progress = models.FloatField(default=0)
    # How often the place has moved, by which a device can tell that another one has moved it.
    version = models.PositiveIntegerField(default=1, db_default=1)
    # How fast they read this book, in characters a minute; unknown until they have read on for a while. Words
    # and writing differ from book to book, so it is not the reader's.
    pace = models.PositiveIntegerField(null=True, blank=True)
    # When the reader was there; the message may arrive later.
    updated_at = models.DateTimeField(default=timezone.now)

    exported_fields = ("book__title", "chapter", "fraction", "progress", "pace", "updated_at")
    erased_with_account = True

    objects = PositionQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at", "-id"]
        indexes = [models.Index(fields=["user", "-updated_at"], name="position_latest_of_user")]
        constraints = [
            models.UniqueConstraint(fields=["user", "book"], name="position_once_per_book"),
            models.CheckConstraint(
                condition=Q(fraction__range=(0, 1), progress__range=(0, 1)), name="position_within_book"
            ),
        ]

    def __str__(self):
        return f"{self.user} at chapter {self.chapter} of {self.book}"

    @property
    def percent(self):
        """How much of the book is before it, rounded down: 100 means the end."""
        return percent(self.progress)


class Preferences(models.Model):
    """How somebody likes pages set. For visitors without an account it is not saved here but in a cookie."""

    class Colours(models.TextChoices):
        AUTO = "auto", "Auto"
        LIGHT = "light"
        SEPIA = "sepia"
        DARK = "dark"
        BLACK = "black"

    class Layout(models.TextChoices):
        SCROLLED = "scrolled"
        PAGED = "paged", "Pages"

    class LineSpacing(models.TextChoices):
        TIGHT = "tight"
        MEDIUM = "medium"
        LOOSE = "loose"

    class Margins(models.TextChoices):
        NARROW = "narrow"
        MEDIUM = "medium"
        WIDE = "wide"

    class Alignment(models.TextChoices):
        START = "start", "Ragged"
        JUSTIFY = "justify", "Justified"

    class Hyphens(models.TextChoices):
        ON = "on"
        OFF = "off"

    class Look(models.TextChoices):
        PUBLISHER = "publisher", "Publisher’s"
        PLAIN = "plain"

    class Measure(models.TextChoices):
        NARROW = "narrow"
        MEDIUM = "medium"
        WIDE = "wide"

    class Typeface(models.TextChoices):
        SERIF = "serif"
        SANS = "sans", "Sans serif"
        # From packages (bookstore_project/settings.py); static/css/typefaces.css has their files.
        CRIMSON = "crimson", "Crimson"
        LORA = "lora", "Lora"
        BITTER = "bitter", "Bitter"
        ATKINSON = "atkinson", "Atkinson Hyperlegible"
        LEXEND = "lexend", "Lexend (for dyslexia)"

    class TypeSize(models.TextChoices):
        SMALLER = "1", "Smaller"
        SMALL = "2", "Small"
        MEDIUM = "3", "Medium"
        LARGE = "4", "Large"
        LARGER = "5", "Larger"

    class Shortcuts(models.TextChoices):
        ON = "on"
        OFF = "off"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preferences"
    )
    colours = models.CharField(max_length=10, choices=Colours, default=Colours.AUTO)
    type_size = models.CharField(max_length=10, choices=TypeSize, default=TypeSize.MEDIUM)
    measure = models.CharField("line length", max_length=10, choices=Measure, default=Measure.MEDIUM)
    typeface = models.CharField(max_length=10, choices=Typeface, default=Typeface.SERIF)
    layout = models.CharField(
        max_length=10, choices=Layout, default=Layout.SCROLLED, db_default=Layout.SCROLLED
    )
    line_spacing = models.CharField(
        max_length=10, choices=LineSpacing, default=LineSpacing.MEDIUM, db_default=LineSpacing.MEDIUM
    )
    margins = models.CharField(
        max_length=10, choices=Margins, default=Margins.MEDIUM, db_default=Margins.MEDIUM
    )
    alignment = models.CharField(
        max_length=10, choices=Alignment, default=Alignment.START, db_default=Alignment.START
    )
    hyphens = models.CharField(
        "hyphenation", max_length=10, choices=Hyphens, default=Hyphens.ON, db_default=Hyphens.ON
    )
    look = models.CharField(max_length=10, choices=Look, default=Look.PUBLISHER, db_default=Look.PUBLISHER)
    shortcuts = models.CharField("keyboard shortcuts", max_length=10, choices=Shortcuts, default=Shortcuts.ON)

    exported_fields = (
        *("colours", "typeface", "type_size", "line_spacing", "measure", "margins", "alignment", "hyphens"),
        *("look", "layout", "shortcuts"),
    )
    erased_with_account = True

    class Meta:
        verbose_name_plural = "reading preferences"

    def __str__(self):
        return f"How {self.user} reads"

    @property
    def theme(self):
        """The colours as Bootstrap's theme; empty to follow the system."""
        return {self.Colours.AUTO: "", self.Colours.SEPIA: "light", self.Colours.BLACK: "dark"}.get(
            self.colours, self.colours
        )


class Wish(models.Model):
    """One product on a reader's wish list, by its reference: the product may be gone when they come back.

    A visitor's are in the session (books/reading/wishes.py).
    """

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="wishes")
    item = models.CharField(max_length=100)
    added_at = models.DateTimeField(auto_now_add=True)

    exported_fields = ("item", "added_at")
    erased_with_account = True

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "wishes"
        constraints = [models.UniqueConstraint(fields=["reader", "item"], name="wish_once_per_reader")]

    def __str__(self):
        return f"{self.item} on the wish list of {self.reader}"
