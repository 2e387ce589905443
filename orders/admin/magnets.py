"""Books for the newsletter: which, and for what sentence."""

from django.conf import settings
from django.contrib import admin
from django.utils.html import format_html

from orders.models import Magnet
from users.model_admin import ShopModelAdmin


@admin.register(Magnet)
class MagnetAdmin(ShopModelAdmin):
    fields = ["slug", "book", "sentence", "version", "is_open", "page"]
    readonly_fields = ["version", "page"]
    autocomplete_fields = ["book"]
    list_display = ["slug", "book", "version", "is_open"]
    list_select_related = ["book"]
    search_fields = ["slug", "book__title"]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """Return a list of books that begins with none, so that one has to be chosen."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        field.widget.is_required = False
        return field

    def get_fields(self, request, obj=None):
        """Return the fields; one that is not saved has no page yet."""
        return self.fields if obj else [name for name in self.fields if name not in self.readonly_fields]

    @admin.display(description="page")
    def page(self, magnet):
        return format_html('<a href="{0}">{0}</a>', f"{settings.SITE_URL}{magnet.get_absolute_url()}")

    def save_model(self, request, obj, form, change):
        """Save. Another sentence is another version, by which each consent names it."""
        if change and "sentence" in form.changed_data:
            obj.version += 1
        super().save_model(request, obj, form, change)
