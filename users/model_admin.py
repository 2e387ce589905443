"""The base of every page in the admin: a list is filtered only by what it shows, and counted to a limit."""

from itertools import islice

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import BadRequest, FieldDoesNotExist, ValidationError
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpResponseRedirect
from django.template.defaultfilters import pluralize
from django.utils.functional import cached_property
from django.utils.text import smart_split

from users.formats import number

# Each word is looked for in each of a list's columns, and SQLite nests no more than a thousand conditions.
# The longest title has 200 characters; nobody types twenty words to find one of ten thousand rows.
MOST_CHARACTERS, MOST_WORDS = 200, 20
# Counting a million rows takes half a second, and whoever has a thousand before them searches or filters.
MOST_ROWS = 1_000


class CountsSome(Paginator):
    """Pages of the first MOST_ROWS rows; the count is one more if there are more."""

    @cached_property
    def count(self):
        """How many rows there are, or MOST_ROWS + 1."""
        return self.object_list.order_by().values("pk")[: MOST_ROWS + 1].count()


class DateAndTime(AdminSplitDateTime):
    """Django's fields for a moment. Those name a description that is there only once a script has run."""

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        for widget in context["widget"]["subwidgets"]:
            widget["attrs"].pop("aria-describedby", None)
        return context


class ShopModelAdmin(admin.ModelAdmin):
    """A ModelAdmin whose list answers 400 to every look-up that it does not offer.

    Django takes `?column__startswith=…` for every column, so that anybody who may see a list could guess
    password hashes and links in letters, one character at a time.
    """

    formfield_overrides = {models.DateTimeField: {"widget": DateAndTime}}

    paginator = CountsSome
    # Not how many there are without a search or filter: that is all of them.
    show_full_result_count = False

    def lookup_allowed(self, lookup, value, request):
        """Allow the parameters of the list's own filters, and one whole value of a column that it shows."""
        return (
            lookup in self._lookups_by_date()
            or lookup in self._lookups_of_columns(request)
            or lookup in self._lookups_of_filters(request)
        )

    def get_search_results(self, request, queryset, search_term):
        """Search for the first words, of lists and of fields in which a row is chosen."""
        return super().get_search_results(request, queryset, " ".join(first_words(search_term)))

    def response_action(self, request, queryset, **options):
        """Act on the chosen rows; a key that no row can have gets 400 before anything is looked up."""
        key = self.opts.pk
        try:
            for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME):
                key.run_validators(key.to_python(chosen))
        except ValidationError as error:
            raise BadRequest("No row can have such a key.") from error
        if request.POST.get("select_across") == "1" and queryset[MOST_ROWS : MOST_ROWS + 1].exists():
            said = f"Choose at most {number(MOST_ROWS)} rows at once: search or filter the list first."
            self.message_user(request, f"{said} Nothing was changed.", messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        return super().response_action(request, queryset, **options)

    def report_left_alone(self, request, number):
        """Say how many of the selected rows were left alone because only superusers may change them."""
        if number:
            name = self.opts.verbose_name if number == 1 else self.opts.verbose_name_plural
            said = f"{number} {name} {pluralize(number, 'was,were')} left alone: only superusers may change"
            self.message_user(request, f"{said} {pluralize(number, 'it,them')}.", messages.WARNING)

    def _lookups_by_date(self):
        return [f"{self.date_hierarchy}__{part}" for part in ("year", "month", "day")]

    def _lookups_of_columns(self, request):
        """Yield the names that ask for one value, such as `?status=paid` and `?user__id__exact=5`."""
        for name in self.get_list_display(request):
            try:
                field = self.opts.get_field(name)
            except FieldDoesNotExist:
                continue
            yield from (name, f"{name}__exact")
            if field.is_relation:
                yield f"{name}__{field.target_field.name}__exact"

    def _lookups_of_filters(self, request):
        for chosen in self.get_list_filter(request):
            if isinstance(chosen, type):
                yield chosen.parameter_name
                continue
            path, kind = chosen if isinstance(chosen, tuple) else (chosen, admin.FieldListFilter.create)
            field = get_fields_from_path(self.model, path)[-1]
            shown = kind(field, request, {}, self.model, self, field_path=path)
            yield from shown.expected_parameters()


def first_words(search_term):
    """Return the words that a search is for; several in quotation marks are one."""
    return list(islice(smart_split(search_term[:MOST_CHARACTERS]), MOST_WORDS))
