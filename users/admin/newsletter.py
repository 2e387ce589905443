"""Newsletter consents as staff see them: the proof of each, and the addresses as a file."""

import csv

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import path

from users.model_admin import ShopModelAdmin
from users.models import NewsletterConsent
from users.newsletter import consents
from users.newsletter.links import ending_address

COLUMNS = ("email", "asked_at", "confirmed_at", "page", "version", "unsubscribe")
# A spreadsheet runs what begins so (https://owasp.org/www-community/attacks/CSV_Injection).
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


@admin.register(NewsletterConsent)
class NewsletterConsentAdmin(ShopModelAdmin):
    list_display = ["email", "page", "asked_at", "confirmed_at", "ended_at"]
    list_filter = ["confirmed_at", "ended_at"]
    search_fields = ["email"]
    fields = readonly_fields = [
        "email",
        "reader",
        "page",
        "sentence",
        "version",
        "asked_at",
        "confirmed_at",
        "ended_at",
        "ended_by",
    ]
    change_list_template = "admin/users/newsletterconsent/change_list.html"

    def get_urls(self):
        export = self.admin_site.admin_view(self.export)
        return [path("export/", export, name="users_newsletterconsent_export"), *super().get_urls()]

    def export(self, request):
        """Send the addresses to which the newsletter may be sent, each with its link to end it, as a file."""
        if not request.user.has_perm("users.export_newsletter"):
            raise PermissionDenied
        response = HttpResponse(
            content_type="text/csv; charset=utf-8",
            headers={
                "Cache-Control": "private, no-store",
                "Content-Disposition": 'attachment; filename="newsletter.csv"',
            },
        )
        rows = csv.writer(response)
        rows.writerow(COLUMNS)
        for consent in consents.live_consents():
            proof = (consent.asked_at.isoformat(), consent.confirmed_at.isoformat(), consent.page)
            cells = (consent.email, *proof, str(consent.version), ending_address(consent.email))
            rows.writerow([f"'{cell}" if cell.startswith(FORMULAS) else cell for cell in cells])
        return response

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
