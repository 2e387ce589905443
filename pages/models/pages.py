"""Pages that staff write: imprint, terms, privacy and whatever else a shop has to say, in versions."""

from hashlib import sha256

from django.conf import settings
from django.core.validators import validate_slug
from django.db import models, transaction
from django.db.models import F, Max, Q
from django.urls import reverse
from django.utils import timezone

from orders.models import Agreement
from users.fields import NameField


class Beginning(models.TextChoices):
    """What a page began as: each but the last is a text in pages/writing/beginnings/."""

    IMPRINT = "imprint", "Imprint: who runs the shop"
    TERMS = "terms", "Terms of sale"
    PRIVACY = "privacy", "Privacy notice"
    RETURNS = "returns", "Returns and refunds"
    ACCESSIBILITY = "accessibility", "Accessibility statement"
    BLANK = "blank", "A blank page"


class PageQuerySet(models.QuerySet):
    def published(self):
        """The pages that visitors can open, without their texts."""
        return self.filter(current__isnull=False).select_related("current").defer("current__text")


class Page(models.Model):
    """A page at an address of its own. What it says is in its versions."""

    title = NameField(max_length=100)
    slug = models.CharField("address", max_length=50, unique=True, validators=[validate_slug])
    began_as = models.CharField(max_length=20, choices=Beginning, default=Beginning.BLANK)
    # Where it is in the footer, from the top; empty: not there.
    footer_place = models.PositiveSmallIntegerField("place in the footer", null=True, blank=True)
    # Whether buyers agree to it by paying.
    is_agreed_to = models.BooleanField("buyers agree to it", default=False)
    # The version that is shown; none until one is published.
    current = models.ForeignKey(
        "PageVersion", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    objects = PageQuerySet.as_manager()

    class Meta:
        ordering = ["title"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("page_detail", args=[self.slug])

    @property
    def agreement(self):
        """What buyers agree to, if they agree to this page: its current version."""
        day = timezone.localtime(self.current.published_at, settings.SHOP.zone).date()
        address = reverse("page_version", args=[self.slug, self.current.number])
        return Agreement(self.title, self.current.number, day.isoformat(), address, self.current.digest)

    @property
    def draft(self):
        """The version that is not published yet, or None."""
        return self.versions.filter(published_at=None).first()

    @property
    def newest_text(self):
        """The text of the draft, else of the current version; in Markdown."""
        newest = self.draft or self.current
        return newest.text if newest else ""

    def begin(self, text):
        """Store a new page with its draft, the last in the footer; buyers agree to terms of sale."""
        last = Page.objects.aggregate(last=Max("footer_place"))["last"]
        self.footer_place = (last or 0) + 1
        self.is_agreed_to = self.began_as == Beginning.TERMS
        self.save()
        self.save_draft(text)

    def save_draft(self, text):
        """Store the text as the draft; without a difference to the current version there is none."""
        if self.current is not None and self.current.text == text:
            self.versions.filter(published_at=None).delete()
            return
        self.versions.update_or_create(published_at=None, defaults={"text": text})

    def publish(self, *, by):
        """Show the draft to everybody; from then on it cannot be changed. Return it, None without one."""
        with transaction.atomic():
            # One at a time for each page, so that no number is given twice.
            page = Page.objects.select_for_update().get(pk=self.pk)
            draft = page.draft
            if draft is not None:
                draft.number = (page.versions.aggregate(last=Max("number"))["last"] or 0) + 1
                draft.digest = sha256(draft.text.encode()).hexdigest()
                draft.published_at, draft.published_by = timezone.now(), by
                draft.save()
                page.current = self.current = draft
                page.save(update_fields=["current"])
        return draft

    begin.alters_data = save_draft.alters_data = publish.alters_data = True


class PageVersion(models.Model):
    """What a page says or said. The database refuses changes once it is published (migration pages)."""

    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(null=True, blank=True)
    # Markdown
    text = models.TextField()
    # SHA-256 of the text in UTF-8, by which an order proves what was agreed to.
    digest = models.CharField(max_length=64, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="published_versions",
    )

    forgets_erased_people = True

    class Meta:
        ordering = [F("number").desc(nulls_first=True)]
        constraints = [
            models.UniqueConstraint(fields=["page", "number"], name="page_version_number_once"),
            models.UniqueConstraint(fields=["page"], condition=Q(published_at=None), name="page_one_draft"),
            models.CheckConstraint(
                condition=Q(published_at=None, number=None, digest="")
                | Q(published_at__isnull=False, number__isnull=False) & ~Q(digest=""),
                name="page_version_numbered_once_published",
            ),
        ]

    def __str__(self):
        return f"{self.page}, version {self.number}" if self.number else f"{self.page}, draft"

    def get_absolute_url(self):
        return reverse("page_version", args=[self.page.slug, self.number])
