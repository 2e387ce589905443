"""Authors, subjects and series as staff see them: names by which books are found."""

from django.contrib import admin

from books import search
from books.models import Author, Series, Subject
from books.publishing.editions.locking import lock
from users.model_admin import ShopModelAdmin


@admin.register(Subject)
class NamedAdmin(ShopModelAdmin):
    """For names by which books are found."""

    fields = ["name"]
    list_per_page = 50
    search_fields = ["name"]

    def save_model(self, request, obj, form, change):
        """Save a new name; the books then keep it, whatever their files say."""
        super().save_model(request, obj, form, change)
        if change and form.has_changed():
            if self.search_fields[0] in form.changed_data:
                lock(obj.books.only("pk"), [str(self.opts.verbose_name_plural)])
            search.index(*obj.books.all())


@admin.register(Author)
class AuthorAdmin(NamedAdmin):
    fields = ["name", "file_as"]


@admin.register(Series)
class SeriesAdmin(NamedAdmin):
    fields = ["title"]
    search_fields = ["title"]
