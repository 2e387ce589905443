"""The catalogue as staff see it. Long lists are searched, never spread out in a form."""

from hashlib import file_digest

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils.html import format_html

from books import access, search
from books.admin.forms import BookForm, BundleForm
from books.admin.inlines import AuthorshipInline, OtherEditionInline
from books.admin.intake_urls import urls_of
from books.admin.pricing.products import ProductAdmin
from books.models import Authorship, Book, Bundle
from books.models.catalogue import private_storage
from books.models.catalogue.authors import authors_prefetch
from books.models.downloads import Format
from books.models.preorders import days
from books.money import base_currency, money
from books.publishing.covers import store_cover
from books.publishing.deleting import delete_books
from books.publishing.editions.locking import COVER, LABELS, lock, unlock
from books.publishing.facts import COMPANIONS
from books.publishing.files import remove_on_commit, taken_back_on_failure
from users.model_admin import first_words
from users.requests.bodies import WITH_FILES, body_up_to

# Fields of the form that stand for facts of another name.
FACTS = COMPANIONS | {"new_cover": COVER}
# On one page, of the books that somebody owns: each takes some queries.
MOST_NAMED = 20


class LanguageFilter(admin.SimpleListFilter):
    title = parameter_name = "language"

    def lookups(self, request, model_admin):
        """Return the languages of the books, each found by index: DISTINCT would read every book."""
        found = []
        while following := self._first_after(found[-1] if found else ""):
            found.append(following)
        return [(language, language) for language in found]

    def queryset(self, request, queryset):
        return queryset.filter(language=self.value()) if self.value() else queryset

    def _first_after(self, language):
        later = Book.objects.filter(language__gt=language).order_by("language")
        return later.values_list("language", flat=True).first()


@admin.register(Book)
class BookAdmin(ProductAdmin):
    form = BookForm
    fields = [
        "title",
        "title_file_as",
        "subtitle",
        "contributors",
        "description",
        *("price", "minimum_price", "presets", "compared", "past"),
        "in_shop",
        "cover",
        "new_cover",
        "language",
        "published",
        "published_to",
        "subjects",
        "series",
        "series_position",
        "isbn",
        "sample_chapters",
        "opens_at",
        "follow_file",
        "pdf_link",
        "new_pdf",
        "remove_pdf",
        "downloads",
        "reviews",
    ]
    readonly_fields = ["compared", "past", "in_shop", "cover", "pdf_link", "downloads", "reviews"]
    autocomplete_fields = ["subjects", "series"]
    inlines = [AuthorshipInline, OtherEditionInline]
    list_display = ["title", "author_names", "price_shown", "language", "published", "in_shop"]
    list_filter = [
        "is_published",
        "published",
        LanguageFilter,
        ("price", admin.EmptyFieldListFilter),
        ("cover", admin.EmptyFieldListFilter),
        ("epub", admin.EmptyFieldListFilter),
    ]
    list_per_page = 50
    # What the shop's own search looks through, which get_search_results asks.
    search_fields = ["title", "subtitle", "authors__name", "subjects__name", "isbn", "description"]
    search_help_text = (
        "By words, or their beginnings, of title, authors, subjects and description, or by ISBN."
    )
    actions = ["publish", "unpublish"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related(authors_prefetch())

    def get_search_results(self, request, queryset, search_term):
        """Return the books that the shop's search would find, those not published among them."""
        if not search_term.strip():
            return queryset, False
        return search.matching(queryset, " ".join(first_words(search_term))), False

    def get_fields(self, request, obj=None):
        """Return the fields; those that only say something about a saved book are left out of a new one."""
        left_out = set() if obj else set(self.readonly_fields)
        if not obj or not obj.locked_fields.exists():
            left_out.add("follow_file")
        return [name for name in self.fields if name not in left_out]

    def get_urls(self):
        return [*urls_of(self), *super().get_urls()]

    @body_up_to(WITH_FILES, permission="books.add_book")
    def add_view(self, *args, **kwargs):
        return super().add_view(*args, **kwargs)

    @body_up_to(WITH_FILES, permission="books.change_book")
    def change_view(self, *args, **kwargs):
        return super().change_view(*args, **kwargs)

    @admin.action(permissions=["change"], description="Publish the selected books")
    def publish(self, request, queryset):
        self._act(request, Book.publish, queryset.filter(is_published=False), "published")

    @admin.action(permissions=["change"], description="Take the selected books out of the shop")
    def unpublish(self, request, queryset):
        self._act(request, Book.unpublish, queryset.filter(is_published=True), "taken out of the shop")

    def _act(self, request, verb, books, done):
        chosen = list(books)
        with transaction.atomic():
            for book in chosen:
                verb(book)
                self.log_change(request, book, done.capitalize())
        self.message_user(request, f"{len(chosen)} book{pluralize(len(chosen))} {done}.")

    @admin.display(description="price", ordering="price")
    def price_shown(self, book):
        return None if book.price is None else money(book.price, base_currency())

    @admin.display(description="in the shop", boolean=True, ordering="is_published")
    def in_shop(self, book):
        return book.is_published

    @admin.display(description="reviews")
    def reviews(self, book):
        address = reverse("admin:books_review_changelist")
        return format_html('<a href="{}?book__id__exact={}">{}</a>', address, book.pk, book.reviews.count())

    @admin.display(description="PDF")
    def pdf_link(self, book):
        return book.pdf and format_html(
            '<a href="{}">Download</a>', reverse("book_download_pdf", args=[book.pk])
        )

    @admin.display(description="downloads")
    def downloads(self, book):
        counts = dict(book.downloads.order_by().values_list("format").annotate(Count("pk")))
        return ", ".join(f"{counts.get(kind, 0)} of the {kind.label}" for kind in Format)

    def save_model(self, request, obj, form, change):
        with taken_back_on_failure() as write:
            # The inline form for its authors takes a new book's id away, so that saving would make another.
            obj.pk = obj.pk or obj._meta.pk.get_default()
            if cover := form.cleaned_data["new_cover"]:
                store_cover(obj, cover, write)
            _store_pdf(obj, form.cleaned_data, write)
            super().save_model(request, obj, form, change)
        if "opens_at" in form.changed_data and (
            warning := days.day_chosen(obj, before=form.initial.get("opens_at"))
        ):
            self.message_user(request, warning, messages.WARNING)

    def get_deleted_objects(self, objs, request):
        """Return what would be deleted with the books; of those that somebody owns, who that is."""
        books = Book.objects.filter(pk__in=[book.pk for book in objs])
        promised = self.promised_among(books)
        owned = list(books.filter(pk__in=access.ever_owned(books) | promised).order_by("title", "pk"))
        if owned:
            return [], {}, set(), [_owned(book, book.pk in promised) for book in owned[:MOST_NAMED]]
        return super().get_deleted_objects(objs, request)

    def promised_among(self, books):
        """Return the ids of those that somebody is to get with a bundle; `orders` knows which."""
        return set()

    def delete_model(self, request, obj):
        delete_books(Book.objects.filter(pk=obj.pk))

    def delete_queryset(self, request, queryset):
        delete_books(queryset)

    def save_related(self, request, form, formsets, change):
        """Save; then, with its authors and subjects in place, make the book findable."""
        super().save_related(request, form, formsets, change)
        typed = {FACTS.get(name, name) for name in form.changed_data} & LABELS.keys()
        changed = {formset.model for formset in formsets if formset.has_changed()}
        authors = {"authors"} if Authorship in changed else set()
        unlock(form.instance, form.cleaned_data.get("follow_file", []))
        lock([form.instance], typed | authors)
        search.index(form.instance)


def _owned(book, is_promised):
    owners = access.owners_of(book)
    promise = "It is in a bundle that somebody is buying, or has bought copies of."
    otherwise = promise if is_promised else "Somebody owned it, and their order refers to it."
    return f"“{book}”: {f'{owners}.' if owners.total else otherwise}"


def _store_pdf(book, chosen, write):
    old = {book.pdf.name} if book.pdf else set()
    if chosen["remove_pdf"]:
        book.pdf = ""
    if file := chosen["new_pdf"]:
        book.pdf = f"pdfs/{book.pk}/{file_digest(file, 'sha256').hexdigest()[:32]}.pdf"
        file.seek(0)
        write(private_storage(), book.pdf.name, file)
    remove_on_commit(private_storage(), old - {book.pdf.name})


@admin.register(Bundle)
class BundleAdmin(ProductAdmin):
    form = BundleForm
    fields = ["title", "slug", "description", "price", "compared", "past", "everything", "books"]
    # All Books comes with the shop: there is always exactly one.
    readonly_fields = ["compared", "past", "everything"]
    autocomplete_fields = ["books"]
    prepopulated_fields = {"slug": ["title"]}
    list_display = ["title", "price_shown", "everything"]
    search_fields = ["title"]

    @admin.display(description="price", ordering="price")
    def price_shown(self, bundle):
        return money(bundle.price, base_currency())

    def has_delete_permission(self, request, obj=None):
        is_all_books = obj is not None and obj.everything
        return super().has_delete_permission(request, obj) and not is_all_books
