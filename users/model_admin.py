"""The base of every page in the admin: a list can be filtered only by what it shows."""

from django.contrib import admin, messages
from django.contrib.admin.utils import get_fields_from_path
from django.core.exceptions import FieldDoesNotExist
from django.template.defaultfilters import pluralize


class ShopModelAdmin(admin.ModelAdmin):
    """A ModelAdmin whose list answers 400 to every look-up that it does not offer.

    Django takes `?column__startswith=…` for every column, so that anybody who may see a list could guess
    password hashes and links in letters, one character at a time.
    """

    def lookup_allowed(self, lookup, value, request):
        """Allow the parameters of the list's own filters, and one whole value of a column that it shows."""
        return (
            lookup in self._lookups_by_date()
            or lookup in self._lookups_of_columns(request)
            or lookup in self._lookups_of_filters(request)
        )

    def report_left_alone(self, request, number):
        """Say how many of the selected rows were left alone because only superusers may change them."""
        if number:
            name = self.opts.verbose_name if number == 1 else self.opts.verbose_name_plural
            said = f"{number} {name} {pluralize(number, 'was,were')} left alone: only superusers may touch"
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
