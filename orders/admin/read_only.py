"""What the admin pages about money share: nothing is added, changed or deleted there by hand."""

import re
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.utils import get_fields_from_path
from django.db.models import EmailField, QuerySet, UUIDField
from django.urls import reverse
from django.utils.html import format_html

from users.addresses import normalised
from users.model_admin import MOST_ROWS, ShopModelAdmin, first_words
from users.models import CustomUser

# Shown in place of an empty value.
NOTHING = "–"

# The sections of Stripe's dashboard by the prefix of an id.
DASHBOARD = "https://dashboard.stripe.com"
SECTIONS = {
    "ch": "payments",
    "cs": "checkout/sessions",
    "dp": "disputes",
    "du": "disputes",
    "evt": "events",
    "pi": "payments",
    "re": "refunds",
}


class ReadOnlyAdmin(ShopModelAdmin):
    """A list and its pages, for reading only.

    Each word of a search is looked for as the beginning of a UUID or an e-mail address, or as the whole of
    another column: an index finds each of these. Only if there is none, it may be a part of an address.
    """

    list_per_page = 50
    view_on_site = False  # those pages are their owners'

    def get_search_results(self, request, queryset, search_term):
        """Return the rows with each of the words in one of search_fields."""
        for word in first_words(search_term):
            queryset = queryset.filter(pk__in=self._with(unquoted(word)))
        return queryset, False

    def _with(self, word):
        """Return the keys of the rows with a word, looked up once for all the queries of the page."""
        rows = self.model._default_manager.order_by().values_list("pk", flat=True)
        fields = {path: get_fields_from_path(self.model, path)[-1] for path in self.search_fields}
        conditions = [found_by_index(path, field, word) for path, field in fields.items()]
        # A union, because with OR the database would use none of the indexes.
        found = QuerySet.union(*(rows.filter(**each) for each in conditions if each)).order_by()
        first = list(found[: MOST_ROWS + 1])
        if len(first) > MOST_ROWS:
            return found
        addresses = [path for path in fields if path.endswith("user__email")]
        return first or [key for path in addresses for key in rows.filter(**_within(path, word))]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class ReadOnlyInline(admin.TabularInline):
    """Rows that belong to an order, for everybody who may see the order."""

    extra = 0
    can_delete = False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("order")

    def has_view_permission(self, request, obj=None):
        return True

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


def order_link(order):
    """Return a link to an order's page."""
    address = reverse("admin:orders_order_change", args=[order.pk])
    return format_html('<a href="{}">{}</a>', address, order.number)


def stripe_link(identifier, *, livemode):
    """Return a link to an id's page in Stripe's dashboard, or the bare id if it has none."""
    section = SECTIONS.get(identifier.partition("_")[0])
    if section is None:
        return identifier or NOTHING
    mode = "" if livemode else "/test"
    return format_html(
        '<a href="{}{}/{}/{}" target="_blank" rel="noopener noreferrer">{}</a>',
        DASHBOARD,
        mode,
        section,
        identifier,
        identifier,
    )


def stripe_column(field, description):
    """Return a column that shows a field with an id of Stripe's as a link."""

    @admin.display(description=description)
    def column(self, row):
        known = row if hasattr(row, "livemode") else row.order
        return stripe_link(getattr(row, field), livemode=known.livemode)

    return column


def found_by_index(path, field, word):
    """Return the condition that a column has this word, or None if no value of it can."""
    if isinstance(field, EmailField):
        return {f"{path}__startswith": normalised(word)}
    if not isinstance(field, UUIDField):
        return {path: word}
    digits = word.replace("-", "").lower()
    if not re.fullmatch("[0-9a-f]{1,32}", digits):
        return None
    return {f"{path}__range": (UUID(f"{digits:0<32}"), UUID(f"{digits:f<32}"))}


def _within(path, word):
    """Return the condition that this address has the word somewhere; so many readers have it at most."""
    readers = CustomUser.objects.filter(email__contains=word.lower()).order_by().values_list("pk", flat=True)
    return {f"{path.removesuffix('__email')}__in": list(readers[:MOST_ROWS])}


def unquoted(word):
    """Return a word of a search without the quotation marks around it."""
    return word[1:-1] if len(word) > 1 and word[0] == word[-1] and word[0] in "\"'" else word
