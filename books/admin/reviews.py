"""Readers' reviews as staff see them: reported ones come first."""

from django.contrib import admin
from django.db.models import Count, Q
from django.template.defaultfilters import pluralize
from django.utils import timezone

from books.models import Review, ReviewReport
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
        return queryset.filter(open_reports__gt=0) if self.value() else queryset


@admin.register(Review)
class ReviewAdmin(ShopModelAdmin):
    """Staff hide reviews and reply to them; they neither write nor edit them."""

    fields = ["book", "author", "rating", "text", "created_at", "hidden_reason", "hidden_at", "reply"]
    readonly_fields = ["book", "author", "rating", "text", "created_at", "hidden_at"]
    inlines = [ReviewReportInline]
    list_display = ["book", "author", "rating", "reports", "is_shown", "created_at"]
    list_filter = [ReportedFilter, ("hidden_at", admin.EmptyFieldListFilter), "rating", "created_at"]
    list_per_page = 50
    list_select_related = ["book", "author"]
    search_fields = ["book__title", "author__email", "text"]
    show_full_result_count = False
    actions = ["close_reports", "show"]

    def get_queryset(self, request):
        # Not super(), which would order by open_reports before it is annotated.
        reviews = self.model.objects.defer("book__description", "book__contents")
        return reviews.annotate(open_reports=Count("reports", filter=Q(reports__closed_at=None)))

    def get_ordering(self, request):
        return ["-open_reports", "-created_at", "-id"]

    def has_add_permission(self, request):
        return False

    @admin.display(description="reports", ordering="open_reports")
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
    open_ones = ReviewReport.objects.filter(review__in=[review.pk for review in reviews], closed_at=None)
    open_ones.update(closed_at=timezone.now())
