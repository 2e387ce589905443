"""Links that lead buyers to the shop, and where the buyer of an order came from."""

from django.db import models
from django.db.models import Q
from django.urls import reverse

from books.models import Book, Bundle

LONGEST = 60


class OrderSource(models.Model):
    """What brought a buyer to the shop. An order of which nothing is known has no row.

    The first five are the usual parameters of links (utm_source, …), as whoever made the link wrote them;
    `referrer` is the host of the page with the link, never its path. All are in lower case.
    """

    order = models.OneToOneField("Order", on_delete=models.CASCADE, primary_key=True, related_name="source")
    source = models.CharField(max_length=LONGEST, blank=True)
    medium = models.CharField(max_length=LONGEST, blank=True)
    campaign = models.CharField(max_length=LONGEST, blank=True)
    term = models.CharField(max_length=LONGEST, blank=True)
    content = models.CharField(max_length=LONGEST, blank=True)
    referrer = models.CharField(max_length=LONGEST, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-order"]
        verbose_name = "source of a sale"
        verbose_name_plural = "sources of sales"
        indexes = [
            models.Index(fields=["-created_at", "-order"], name="source_newest"),
            # By which staff filter the list.
            *(
                models.Index(fields=[name, "-created_at"], name=f"source_by_{name}")
                for name in ("source", "medium", "campaign", "referrer")
            ),
        ]

    def __str__(self):
        return f"{self.source or self.referrer} {self.campaign}".strip()


class BuyLink(models.Model):
    """An address for other sites and printed pages, at which one product is bought: /buy/<slug>/."""

    slug = models.SlugField(
        max_length=LONGEST, unique=True, help_text="Its address will be /buy/… with this word."
    )
    book = models.ForeignKey(Book, on_delete=models.CASCADE, null=True, blank=True, related_name="buy_links")
    bundle = models.ForeignKey(
        Bundle, on_delete=models.CASCADE, null=True, blank=True, related_name="buy_links"
    )
    campaign = models.CharField(
        max_length=LONGEST,
        blank=True,
        help_text="What its sales are counted under. Without one that is the word of the address.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(book__isnull=True, bundle__isnull=False)
                | Q(book__isnull=False, bundle__isnull=True),
                name="buy_link_to_one_thing",
            ),
        ]

    def __str__(self):
        return self.slug

    def get_absolute_url(self):
        return reverse("buy", args=[self.slug])

    @property
    def product(self):
        """What is bought: a book, or a bundle."""
        return self.book or self.bundle
