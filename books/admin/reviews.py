"""Readers' reviews as staff see them: reported ones come first."""

from django.contrib import admin
from django.db.models import Case, Count, OuterRef, Subquery, When
from django.db.models.functions import Coalesce
from django.template.defaultfilters import pluralize
from django.utils import timezone

from books.models import Review, ReviewReport
from books.models.catalogue.querysets import RATINGS
from users.model_admin import ShopModelAdmin


class ReviewReportInline(admin.TabularInline):
    model = ReviewReport
    fields = readonly_fields = ["reporter", "reason", "created_at", "closed_at"]
    extra = 0
    can_delete = False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("reporter")

    def has_add_permission(self, request, obj=None):
        return False

    has_change_permission = has_add_permission


class ReportedFilter(admin.SimpleListFilter):
    title = "reports"
    parameter_name = "reported"

    def lookups(self, request, model_admin):
        return [("open", "Waiting for a decision")]

    def queryset(self, request, queryset):
        return queryset.filter(pk__in=_open_reports().values("review")) if self.value() else queryset


class RatingFilter(admin.SimpleListFilter):
    title = parameter_name = "rating"

    def lookups(self, request, model_admin):
        return [(str(stars), stars) for stars in RATINGS]

    def queryset(self, request, queryset):
        return queryset.filter(rating=self.value()) if self.value() else queryset


@admin.register(Review)
class ReviewAdmin(ShopModelAdmin):
    """Staff hide reviews and reply to them; they neither write nor edit them."""

    fields = ["book", "author", "rating", "text", "created_at", "hidden_reason", "hidden_at", "reply"]
    readonly_fields = ["book", "author", "rating", "text", "created_at", "hidden_at"]
    inlines = [ReviewReportInline]
    list_display = ["book", "author", "rating", "reports", "is_shown", "created_at"]
    list_filter = [ReportedFilter, ("hidden_at", admin.EmptyFieldListFilter), RatingFilter, "created_at"]
    list_per_page = 50
    list_select_related = ["book", "author"]
    search_fields = ["book__title", "author__email", "text"]
    actions = ["close_reports", "show"]

    def get_queryset(self, request):
        # Not super(), which would sort them; the list does.
        reviews = self.model.objects.order_by().defer("book__description", "book__contents")
        # Counted for the reviews that are shown. With a join, all reviews would be counted first.
        of_review = _open_reports().filter(review=OuterRef("pk")).order_by().values("review")
        return reviews.annotate(open_reports=Coalesce(Subquery(of_review.values(number=Count("pk"))), 0))

    def get_ordering(self, request):
        newest = ["-created_at", "-id"]
        reported = _open_reports().values("review")
        # The newest are found by an index, unless those reported have to come before them.
        return (
            [Case(When(pk__in=reported, then=0), default=1).asc(), *newest] if reported.exists() else newest
        )

    def has_add_permission(self, request):
        return False

    @admin.display(description="reports")
    def reports(self, review):
        return review.open_reports or ""

    @admin.display(description="shown", boolean=True, ordering="hidden_at")
    def is_shown(self, review):
        return review.hidden_at is None

    def save_model(self, request, obj, form, change):
        if "hidden_reason" in form.changed_data:
            obj.hide(obj.hidden_reason)
            _close_reports([obj])
        super().save_model(request, obj, form, change)

    @admin.action(permissions=["change"], description="Keep the selected reviews as they are")
    def close_reports(self, request, queryset):
        chosen = list(queryset)
        _close_reports(chosen)
        self._tell(request, chosen, "Kept")

    @admin.action(permissions=["change"], description="Show the selected reviews again")
    def show(self, request, queryset):
        chosen = list(queryset.exclude(hidden_at=None))
        for review in chosen:
            review.hide("")
        _close_reports(chosen)
        self._tell(request, chosen, "Shown again")

    def _tell(self, request, reviews, done):
        for review in reviews:
            self.log_change(request, review, done)
        self.message_user(request, f"{done}: {len(reviews)} review{pluralize(len(reviews))}.")


def _close_reports(reviews):
    open_ones = _open_reports().filter(review__in=[review.pk for review in reviews])
    open_ones.update(closed_at=timezone.now())


def _open_reports():
    return ReviewReport.objects.filter(closed_at=None)
