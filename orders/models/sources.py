"""Where the buyer of an order came from, as far as a link or their browser said so."""

from django.db import models

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
