"""Who was given what, and why somebody may read a book."""

from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import render
from django.template.defaultfilters import pluralize
from django.urls import path, reverse
from django.utils.html import format_html

from books import access, search
from books.access import explain
from books.models import Book, Bundle, Grant
from users.addresses import normalised
from users.model_admin import ShopModelAdmin, first_words
from users.models import CustomUser
from users.staff import accounts_beneath


class GrantForm(forms.ModelForm):
    # HTML wants an empty first choice in a required list, and Django writes none.
    use_required_attribute = False

    note = forms.CharField(max_length=300, help_text="Why you are granting it, in case somebody asks later.")

    class Meta:
        model = Grant
        fields = ["user", "book", "bundle", "note"]

    def clean(self):
        """Refuse both and neither: a grant is for one product."""
        if bool(self.cleaned_data.get("book")) == bool(self.cleaned_data.get("bundle")):
            raise forms.ValidationError("Choose a book or a bundle.")
        return self.cleaned_data


class ExplainForm(forms.Form):
    reader = forms.CharField(label="Reader’s e-mail address")
    book = forms.CharField(label="Book", help_text="Its title, or its id.")

    def clean_reader(self):
        """Return the account."""
        email = CustomUser.objects.normalize_email(self.cleaned_data["reader"])
        reader = CustomUser.objects.filter(email=email).first()
        if reader is None:
            raise forms.ValidationError("There is no account with this address.")
        return reader

    def clean_book(self):
        """Return the one book of this title or id."""
        words = self.cleaned_data["book"].strip()
        try:
            found = Book.objects.filter(pk=UUID(words))
        except ValueError:
            found = Book.objects.filter(title__iexact=words)
        count = found.count()
        if count == 0:
            raise forms.ValidationError("No book with exactly that title or id.")
        if count > 1:
            raise forms.ValidationError(f"{count} books have that title. Enter the id of the one you mean.")
        return found.get()


class EndReasonFilter(admin.SimpleListFilter):
    title = "reason for its end"
    parameter_name = "end_reason"

    def lookups(self, request, model_admin):
        reasons = (access.REFUNDED, access.DISPUTED, access.SUSPENDED)
        return [(reason, reason.capitalize()) for reason in reasons]

    def queryset(self, request, queryset):
        return queryset.filter(end_reason=self.value()) if self.value() else queryset


@admin.register(Grant)
class GrantAdmin(ShopModelAdmin):
    """Staff give and suspend grants here. A grant from an order ends when the order is refunded."""

    form = GrantForm
    autocomplete_fields = ["user", "book", "bundle"]
    list_display = ["user", "product", "whence", "granted_at", "ended_at", "end_reason"]
    list_filter = [("ended_at", admin.EmptyFieldListFilter), EndReasonFilter, "granted_at"]
    list_per_page = 50
    list_select_related = ["user", "book", "bundle", "granted_by"]
    search_fields = ["user__email", "book__title", "bundle__title", "note"]
    search_help_text = "By the beginning of an e-mail address, words of a title, or a part of a note."
    actions = ["suspend", "restore"]

    @admin.display(description="by")
    def whence(self, grant):
        if grant.order_id is None:
            return grant.granted_by and grant.granted_by.email
        address = reverse("admin:orders_order_change", args=[grant.order_id])
        return format_html('<a href="{}">Order {}</a>', address, grant.order_number)

    def get_urls(self):
        explain = self.admin_site.admin_view(self.explain)
        return [path("explain/", explain, name="books_grant_explain"), *super().get_urls()]

    def get_search_results(self, request, queryset, search_term):
        """Return the grants with each of the words; a union, because with OR no index would be used."""
        for word in first_words(search_term):
            readers = CustomUser.objects.filter(email__startswith=normalised(word))
            books = search.matching(Book.objects.all(), word).order_by()
            bundles = Bundle.objects.filter(title__icontains=word)
            found = [
                {"user__in": readers.values("pk")},
                {"book__in": books.values("pk")},
                {"bundle__in": bundles.values("pk")},
                {"note__icontains": word},
            ]
            grants = Grant.objects.order_by().values("pk")
            queryset = queryset.filter(pk__in=QuerySet.union(*(grants.filter(**each) for each in found)))
        return queryset, False

    def has_change_permission(self, request, obj=None):
        # A grant is ended, never rewritten; the actions need the same permission.
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request, obj=None):
        return False

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "user":
            kwargs["queryset"] = accounts_beneath(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        product = form.cleaned_data["book"] or form.cleaned_data["bundle"]
        given = access.give(obj.user, product, by=request.user, note=form.cleaned_data["note"])
        obj.pk = given.pk

    @admin.action(permissions=["change"], description="Suspend the selected grants")
    def suspend(self, request, queryset):
        self._act(request, access.suspend, queryset.filter(ended_at=None), "suspended")

    @admin.action(permissions=["change"], description="Restore the selected suspended grants")
    def restore(self, request, queryset):
        self._act(request, access.restore, queryset.filter(end_reason=access.SUSPENDED), "restored")

    def _act(self, request, verb, grants, done):
        with transaction.atomic():
            chosen = list(grants.filter(user__in=accounts_beneath(request.user)))
            above = grants.count() - len(chosen)
            ended = verb(chosen, by=request.user) or []
        number = len(chosen) - len(ended)
        self.message_user(request, f"{number} grant{pluralize(number)} {done}.")
        self._report_ended(request, ended)
        self.report_left_alone(request, above)

    def _report_ended(self, request, ended):
        """Say how many of the suspended grants stay ended because their orders are not paid, and why."""
        if ended:
            stay = "1 grant stays ended, because its order no longer gives it"
            if len(ended) > 1:
                stay = f"{len(ended)} grants stay ended, because their orders no longer give them"
            reasons = ", ".join(sorted({each.end_reason for each in ended}))
            self.message_user(request, f"{stay}: {reasons}.", messages.WARNING)

    def explain(self, request):
        """Show why this person may or may not read this book."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = ExplainForm(request.GET or None)
        explanation = None
        if form.is_valid():
            explanation = explain(form.cleaned_data["reader"], form.cleaned_data["book"])
        context = self.admin_site.each_context(request) | {
            "title": "Why can this person read this?",
            "form": form,
            "explanation": explanation,
            "opts": self.opts,
        }
        return render(request, "admin/books/grant/explain.html", context)
