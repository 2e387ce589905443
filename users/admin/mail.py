"""The mail queue as staff see it: recipients, subjects and whether sent, never codes and links."""

from django.contrib import admin, messages
from post_office.models import STATUS, Attachment, Email, EmailTemplate, Log

from users.model_admin import ShopModelAdmin

# post_office's own pages show whole letters, and run what is typed there as a template.
admin.site.unregister([Attachment, Email, EmailTemplate, Log])

TEXT_IS_NOT_KEPT = (
    "The text of an e-mail is deleted once it is sent or has failed for good. "
    "To send a buyer their receipt again, select the order under Orders."
)


@admin.register(Email)
class MailAdmin(ShopModelAdmin):
    list_display = ["addressees", "subject", "status", "created", "number_of_retries"]
    list_filter = ["status", "created"]
    search_fields = ["to", "subject"]
    fields = ["to", "from_email", "subject", "status", "created", "last_updated", "number_of_retries"]
    change_form_template = "admin/change_form.html"  # post_office's would show the letter
    actions = ["send_again"]

    @admin.display(description="to", ordering="to")
    def addressees(self, mail):
        return ", ".join(mail.to)

    @admin.action(description="Send again", permissions=["send"])
    def send_again(self, request, queryset):
        """Queue those selected letters that still have their text; the worker sends them."""
        chosen = queryset.count()
        queued = queryset.exclude(message="").update(
            status=STATUS.queued, scheduled_time=None, number_of_retries=0
        )
        self.message_user(request, f"Queued again: {queued}.")
        if queued < chosen:
            self.message_user(request, TEXT_IS_NOT_KEPT, messages.WARNING)

    def has_send_permission(self, request):
        return request.user.has_perm("post_office.change_email")

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
