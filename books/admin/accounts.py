"""Accounts in the administration, with what the shelf adds: who may read all books."""

from django.contrib import admin

from books import access
from users.admin.accounts import CustomUserAdmin
from users.models import CustomUser

admin.site.unregister(CustomUser)


class AllBooksFilter(admin.SimpleListFilter):
    title = "reads all books"
    parameter_name = "all_books"

    def lookups(self, request, model_admin):
        return [("yes", "Yes"), ("no", "No")]

    def queryset(self, request, queryset):
        if self.value() == "yes":
            return queryset.filter(access.reads_all_books())
        if self.value() == "no":
            return queryset.exclude(access.reads_all_books())
        return queryset


@admin.register(CustomUser)
class ReaderAdmin(CustomUserAdmin):
    list_display = ["email", "username", "is_guest", "is_staff", "all_books", "date_joined", "last_login"]
    list_filter = ["is_guest", "is_staff", "is_superuser", "is_active", AllBooksFilter, "date_joined"]

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(reads_all_books=access.reads_all_books())

    @admin.display(boolean=True, description="all books")
    def all_books(self, user):
        return user.reads_all_books

    def save_related(self, request, form, formsets, change):
        """Save the permissions, and record this one: Django's history only says that some have changed."""
        before = access.holds_permission(form.instance)
        super().save_related(request, form, formsets, change)
        held = access.holds_permission(form.instance)
        if held != before:
            access.record_permission(form.instance, held, by=request.user)
