"""The pages that staff write: a draft is saved as often as they like, and published once it is complete."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef
from django.shortcuts import redirect
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from pages.models import Beginning, Page, PageVersion, ShopSettings
from pages.writing.beginning import text_of
from pages.writing.gaps import gaps_in
from pages.writing.markdown import to_html
from users.formats import day
from users.model_admin import ShopModelAdmin

from .forms import MARKDOWN

PUBLISH = "_publish"
NO_ADVICE = (
    "Our text is a beginning and no legal advice: what the law wants of your shop depends on where you are "
    "and what you sell. Fill in what is in square brackets, and have somebody check it who knows."
)


class NewPageForm(forms.ModelForm):
    """A new page: what it begins as is enough."""

    class Meta:
        model = Page
        fields = ["began_as", "title", "slug"]
        labels = {"began_as": "Begin with"}
        help_texts = {
            "began_as": NO_ADVICE,
            "title": "Leave it empty for the usual one.",
            "slug": "The end of the page’s address, such as “terms”. It stays once the page is published.",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["title"].required = self.fields["slug"].required = False

    def clean(self):
        """Name the page by what it begins as, if it has no name."""
        cleaned = super().clean()
        beginning = cleaned.get("began_as")
        for field, usual in (("title", Beginning(beginning).label.partition(":")[0]), ("slug", beginning)):
            if field not in self.errors and not cleaned[field]:
                if beginning == Beginning.BLANK:
                    self.add_error(field, "A blank page needs one.")
                cleaned[field] = usual
        if Page.objects.filter(slug=cleaned.get("slug")).exists():
            self.add_error("slug", "There is a page at this address.")
        return cleaned


class PageForm(forms.ModelForm):
    """A page with the text of its draft, which begins as what visitors see now."""

    text = forms.CharField(widget=AdminTextareaWidget(attrs={"rows": 24}), help_text=MARKDOWN, strip=False)

    class Meta:
        model = Page
        fields = ["title", "slug", "footer_place", "is_agreed_to"]
        help_texts = {
            "slug": "The end of the page’s address. It stays once the page is published: orders name it.",
            "footer_place": "1 is first. Leave it empty to keep the page out of the footer.",
            "is_agreed_to": "The purchase page then says that buyers agree to it by paying. Each order keeps "
            "the version that its buyer saw.",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if field := self.fields.get("text"):
            field.initial = self.instance.newest_text

    def clean_text(self):
        """Return the text with the line ends of Unix; what is to be published has no gaps."""
        text = self.cleaned_data["text"].replace("\r\n", "\n")
        if PUBLISH in self.data and (gaps := gaps_in(text)):
            raise ValidationError(
                f"Fill in what is still missing: {', '.join(gaps)}. Nothing was published. "
                r"(If a bracket belongs there, write \[ instead.)"
            )
        return text


@admin.register(Page)
class PageAdmin(ShopModelAdmin):
    list_display = ["title", "address", "is_published", "has_draft", "footer_place", "is_agreed_to"]
    actions = None

    def get_queryset(self, request):
        drafts = PageVersion.objects.filter(page=OuterRef("pk"), published_at=None)
        return super().get_queryset(request).select_related("current").annotate(drafted=Exists(drafts))

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change, **kwargs | {"form": PageForm if obj else NewPageForm})

    def get_fieldsets(self, request, obj=None):
        if obj is None:
            return [("A new page", {"fields": ["began_as", "title", "slug"]})]
        return [
            ("The page", {"fields": ["title", "slug", "footer_place", "is_agreed_to"]}),
            ("What it says", {"fields": ["text", "missing", "preview"]}),
            ("What it said", {"fields": ["versions"]}),
        ]

    def get_readonly_fields(self, request, obj=None):
        shown = ["missing", "preview", "versions"] if obj else []
        return [*shown, "slug"] if obj and obj.current else shown

    def get_view_on_site_url(self, obj=None):
        """Return the page's address, if visitors can open it."""
        return obj.get_absolute_url() if obj is not None and obj.current is not None else None

    def has_delete_permission(self, request, obj=None):
        """Allow it for a page that was never published: orders may name the others."""
        was_published = obj is not None and obj.current is not None
        return super().has_delete_permission(request, obj) and not was_published

    def save_model(self, request, obj, form, change):
        if not change:
            obj.begin(text_of(obj.began_as, ShopSettings.objects.first() or ShopSettings()))
            return
        # Not the current version, which somebody else may be replacing.
        obj.save(update_fields=["title", "slug", "footer_place", "is_agreed_to"])
        obj.save_draft(form.cleaned_data["text"])
        if PUBLISH in request.POST and obj.publish(by=request.user) is not None:
            self.log_change(request, obj, f"Published version {obj.current.number}")

    def response_add(self, request, obj, post_url_continue=None):
        """Lead to the text, which is what there is to do next."""
        said = f"“{obj}” is a draft: nobody sees it before you publish it. {NO_ADVICE}"
        self.message_user(request, said, messages.WARNING)
        return redirect("admin:pages_page_change", obj.pk)

    def response_change(self, request, obj):
        if PUBLISH not in request.POST:
            return super().response_change(request, obj)
        said = 'Visitors now see <a href="{}">version {} of “{}”</a>.'
        said = format_html(said, obj.get_absolute_url(), obj.current.number, obj)
        self.message_user(request, said, messages.SUCCESS)
        return redirect("admin:pages_page_change", obj.pk)

    @admin.display(description="address")
    def address(self, page):
        return page.get_absolute_url()

    @admin.display(description="published", boolean=True)
    def is_published(self, page):
        return page.current is not None

    @admin.display(description="has changes to publish", boolean=True)
    def has_draft(self, page):
        return page.drafted

    @admin.display(description="still to fill in")
    def missing(self, page):
        return ", ".join(gaps_in(page.newest_text)) or "Nothing"

    @admin.display(description="how it will look")
    def preview(self, page):
        return to_html(page.newest_text)

    @admin.display(description="published versions")
    def versions(self, page):
        published = page.versions.exclude(published_at=None).defer("text")
        links = (
            (
                version.get_absolute_url(),
                version.number,
                day(version.published_at),
            )
            for version in published
        )
        return format_html_join(mark_safe("<br>"), '<a href="{}">Version {}</a>, {}', links) or "None"
