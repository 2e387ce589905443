"""Accounts as staff see them; books/admin/accounts.py adds who reads all books."""

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import redirect
from django.views.generic import RedirectView

from users.authentication import security_log, sessions
from users.mail import letters
from users.model_admin import ShopModelAdmin
from users.models import CustomUser
from users.personal_data.erasure import ErasureWaits, erase
from users.staff import accounts_beneath, of_readers
from users.views import LogOutView

# Staff log in and out like everybody else, with the same limits, log lines and mails.
admin.site.login = secure_admin_login(admin.site.login)
admin.site.logout = LogOutView.as_view()
admin.site.password_change = RedirectView.as_view(pattern_name="account_change_password")

# Pages of their own would bypass the checks on whose account may be changed.
admin.site.unregister([EmailAddress, Group, UserSession])

# For each account Stripe may have to be asked several times, while a browser waits.
MOST_ERASED_AT_ONCE = 20
# Instead of Django's two lists with arrows between them: a screen reader can say what is chosen.
BOXES = {"widget": forms.CheckboxSelectMultiple}
ONLY_FOR_SUPERUSERS = ("is_staff", "is_superuser", "groups")


@admin.register(Group)
class SuperusersGroupAdmin(ShopModelAdmin, GroupAdmin):
    """For superusers alone: whoever may change a group could give themselves any permission."""

    def has_module_permission(self, request):
        return request.user.is_superuser

    def has_view_permission(self, request, obj=None):
        return request.user.is_superuser

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission

    filter_horizontal = []

    def formfield_for_manytomany(self, db_field, request=None, **kwargs):
        return super().formfield_for_manytomany(db_field, request, **(BOXES | kwargs))


class NewUserForm(AdminUserCreationForm):
    class Meta:
        model = CustomUser
        fields = ["email"]


@admin.register(CustomUser)
class CustomUserAdmin(ShopModelAdmin, UserAdmin):
    add_form = NewUserForm
    add_fieldsets = [
        (None, {"classes": ["wide"], "fields": ["email", "usable_password", "password1", "password2"]})
    ]
    fieldsets = [
        (None, {"fields": ["email", "password"]}),
        ("Who", {"fields": ["username", "first_name", "last_name"]}),
        (
            "What they may do",
            {
                "description": "To give or take away all books, look for “Can read all books” below.",
                "fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"],
            },
        ),
        ("When", {"fields": ["last_login", "date_joined"]}),
    ]
    readonly_fields = ["last_login", "date_joined"]
    list_display = ["email", "username", "is_guest", "is_staff", "date_joined", "last_login"]
    list_filter = ["is_guest", "is_staff", "is_superuser", "is_active", "date_joined"]
    search_fields = ["email", "username", "first_name", "last_name"]
    filter_horizontal = []
    ordering = ["-date_joined"]
    list_per_page = 50
    # Orders must stay, so that an account is emptied and not deleted as Django would do it.
    actions = ["end_all_sessions", "delete_selected"]

    @admin.action(description="End all sessions", permissions=["change"])
    def end_all_sessions(self, request, queryset):
        """Log the chosen people out on all their devices, except those this person may not touch."""
        people = accounts_beneath(request.user).filter(pk__in=queryset.order_by().values("pk"))
        ended = sessions.end_sessions(people.values("pk"))
        security_log.record("sessions_ended_by_staff", request, request.user.pk)
        self.message_user(request, f"Sessions ended: {ended}.", messages.SUCCESS)
        self.report_left_alone(request, queryset.count() - people.count())

    @admin.action(description="Erase the selected accounts", permissions=["delete"])
    def delete_selected(self, request, queryset):
        """Ask first, then erase one after the other; those with a payment under way are left alone."""
        people = list(queryset[: MOST_ERASED_AT_ONCE + 1])
        if len(people) > MOST_ERASED_AT_ONCE:
            said = f"Erase at most {MOST_ERASED_AT_ONCE} accounts at once. Nothing was erased."
            self.message_user(request, said, messages.ERROR)
            return None
        if "post" not in request.POST:
            return delete_selected(self, request, queryset)
        if not self._may_be_erased(request, people):
            raise PermissionDenied
        for person in people:
            self._erase(request, person)
        return None

    def delete_view(self, request, object_id, extra_context=None):
        """Ask first, then erase, outside Django's transaction because Stripe may have to be asked."""
        person = self.get_object(request, unquote(object_id))
        if request.method != "POST" or not person or not self.has_delete_permission(request, person):
            title = {"title": "Erase an account"}
            return super().delete_view(request, object_id, title | (extra_context or {}))
        self._erase(request, person)
        return redirect("admin:users_customuser_changelist")

    def get_deleted_objects(self, objs, request):
        """Name whose accounts would be erased. Orders do not prevent it, because they stay."""
        names = [str(person) for person in objs]
        lacking = set() if self._may_be_erased(request, objs) else {self.opts.verbose_name}
        return names, {self.opts.verbose_name_plural: len(names)}, lacking, []

    def _erase(self, request, person):
        name = person.email
        try:
            erase(person)
        except ErasureWaits as reason:
            self.message_user(request, f"Not erased: {name}. {reason}", messages.ERROR)
            return
        security_log.record("account_erased_by_staff", request, request.user.pk)
        self.log_change(request, CustomUser.objects.get(pk=person.pk), "Erased.")
        self.message_user(request, f"Erased: {name}.", messages.SUCCESS)

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self._is_beneath(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and (
            obj is None or self._may_be_erased(request, [obj])
        )

    def get_fieldsets(self, request, obj=None):
        """Return what the page shows; of a guest, who logs in with nothing, where their books are."""
        if obj is None or not obj.is_guest:
            return super().get_fieldsets(request, obj)
        return [("Guest", {"fields": ["email", "moved_to"]}), *super().get_fieldsets(request, obj)[1:]]

    def get_readonly_fields(self, request, obj=None):
        if obj is not None and obj.is_guest:
            return [*self.readonly_fields, "email", "moved_to", *ONLY_FOR_SUPERUSERS]
        return [*self.readonly_fields, *(() if request.user.is_superuser else ONLY_FOR_SUPERUSERS)]

    def formfield_for_manytomany(self, db_field, request=None, **kwargs):
        field = super().formfield_for_manytomany(db_field, request, **(BOXES | kwargs))
        if db_field.name == "user_permissions" and not request.user.is_superuser:
            field.queryset = field.queryset.filter(of_readers())
        return field

    def save_model(self, request, obj, form, change):
        """Save. The old address no longer logs in, and the new one is confirmed at the next log-in."""
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            EmailAddress.objects.filter(user=obj).exclude(email=obj.email).delete()
            letters.queue_address_changed(obj, former=form.initial["email"])
            security_log.record("email_changed_by_staff", request, request.user.pk)

    def user_change_password(self, request, id, form_url=""):
        """Change it as Django does, and queue a letter to the person in the same transaction."""
        person = self.get_object(request, unquote(id))
        with transaction.atomic():
            response = super().user_change_password(request, id, form_url)
            changed = CustomUser.objects.exclude(password=person.password).filter(pk=person.pk).first()
            if changed is not None:
                letters.queue_password_changed(changed)
                security_log.record("password_changed_by_staff", request, request.user.pk)
        return response

    @staticmethod
    def _may_be_erased(request, people):
        """Tell whether this person may erase all these accounts; nobody erases their own here."""
        chosen = {person.pk for person in people} - {request.user.pk}
        return accounts_beneath(request.user).filter(pk__in=chosen).count() == len(people)

    @staticmethod
    def _is_beneath(request, person):
        return person is None or accounts_beneath(request.user).filter(pk=person.pk).exists()
