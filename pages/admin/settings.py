"""The shop's settings: one row, so the list leads straight to its form."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from books.publishing.files import taken_back_on_failure
from pages.first_steps import dismiss_first_steps, first_steps, wants_first_steps
from pages.logo import store_logo
from pages.models import ShopSettings
from pages.models.settings import ONLY
from users.model_admin import ShopModelAdmin
from users.requests.bodies import WITH_FILES, body_up_to

from .forms import PLACES, ShopSettingsForm


@admin.register(ShopSettings)
class ShopSettingsAdmin(ShopModelAdmin):
    form = ShopSettingsForm
    readonly_fields = ["logo_shown"]
    fieldsets = [
        ("The shop", {"fields": ["name", "tagline", "logo_shown", "new_logo", "remove_logo", "accent"]}),
        (
            "Who sells",
            {"fields": ["seller_name", "postal_address", "register_numbers", "contact", "social_addresses"]},
        ),
        ("Money, dates and refunds", {"fields": ["base_currency", "locale", "time_zone", "refund_days"]}),
        (
            "The home page",
            {
                "fields": [*PLACES, "home_text"],
                "description": "What it shows below its title, from top to bottom.",
            },
        ),
        ("The About page", {"fields": ["about_text"]}),
    ]

    def render_change_form(self, request, context, *args, **kwargs):
        """Show the form without a button for another row; there is nothing to add."""
        only = {"title": "Shop settings", "subtitle": None, "show_save_and_add_another": False}
        return super().render_change_form(request, context | only, *args, **kwargs)

    def response_post_save_add(self, request, obj):
        """Lead on to the next of a new shop's first steps."""
        return self._lead_on(request) or super().response_post_save_add(request, obj)

    def response_post_save_change(self, request, obj):
        """Lead on to the next of a new shop's first steps."""
        return self._lead_on(request) or super().response_post_save_change(request, obj)

    def _lead_on(self, request):
        return redirect("admin:index") if wants_first_steps() else None

    @body_up_to(WITH_FILES, permission="pages.add_shopsettings")
    def add_view(self, request, *args, **kwargs):
        """Make the one row; once there is one, lead to its form."""
        if ShopSettings.objects.exists():
            return redirect("admin:pages_shopsettings_change", ONLY)
        return super().add_view(request, *args, **kwargs)

    @body_up_to(WITH_FILES, permission="pages.change_shopsettings")
    def change_view(self, *args, **kwargs):
        return super().change_view(*args, **kwargs)

    def changelist_view(self, request, extra_context=None):
        """Lead to the form of the one row; whoever asks the list for something gets the list."""
        row = ShopSettings.objects.first()
        if request.GET:
            return super().changelist_view(request, extra_context)
        if row is not None and self.has_view_or_change_permission(request, row):
            return redirect("admin:pages_shopsettings_change", row.pk)
        if self.has_add_permission(request):
            return redirect("admin:pages_shopsettings_add")
        return super().changelist_view(request, extra_context)

    def get_urls(self):
        view = self.admin_site.admin_view(self.show_first_steps)
        return [path("first-steps/", view, name="first_steps"), *super().get_urls()]

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def show_first_steps(self, request):
        """Show what a new shop has to do; a post hides it on the admin's first page."""
        may_change = self.has_change_permission(request)
        if not self.has_view_permission(request) or (request.method == "POST" and not may_change):
            raise PermissionDenied
        if request.method == "POST":
            dismiss_first_steps()
            self.message_user(request, "You find the first steps in the shop’s settings now.")
            return redirect("admin:index")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "First steps",
            "steps": first_steps(),
            "can_dismiss": may_change and wants_first_steps(),
        }
        return TemplateResponse(request, "admin/pages/shopsettings/first_steps.html", context)

    def get_model_perms(self, request):
        """Offer nowhere to add settings: the list leads to the form, of the one row or a new one."""
        return super().get_model_perms(request) | {"add": False}

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        with taken_back_on_failure() as write:
            if logo := form.cleaned_data["new_logo"]:
                store_logo(obj, logo, write)
            elif form.cleaned_data["remove_logo"]:
                store_logo(obj, None, write)
            super().save_model(request, obj, form, change)

    @admin.display(description="logo")
    def logo_shown(self, row):
        logo = row.logo_shown
        if logo is None:
            return "None: the header shows the name."
        said = '<img src="{}" width="{}" height="{}" alt="{}">'
        return format_html(said, logo.url, logo.width, logo.height, row.name)
