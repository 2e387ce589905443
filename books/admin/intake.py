"""The pages on which staff upload EPUBs, see what was found in each, and import or discard it.

Their addresses, and who may see them, are in books/admin/intake_urls.py.
"""

from django.contrib import messages
from django.contrib.admin.helpers import AdminForm
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from books.admin.intake_forms import EditionForm, NewBookForm, UploadForm
from books.models import Intake
from books.models.publishing import IntakeState
from books.publishing import intake
from books.publishing.editions.recognising import DOUBTS
from users.names import visible


@require_http_methods(["GET", "HEAD", "POST"])
def show_uploads(request, model_admin):
    """Take in each of the files on its own, and list those that wait."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if form.is_valid():
        taken = [_take_in(model_admin, request, file) for file in form.cleaned_data["files"]]
        if len(taken) == 1 and taken[0]:
            return redirect("admin:books_intake", taken[0].pk)
        return redirect("admin:books_intake_list")
    context = {
        "title": "Add EPUB files",
        "form": AdminForm(form, [("Files to check", {"fields": ["files"]})], {}),
        "waiting": Intake.objects.filter(state=IntakeState.WAITING).select_related("book", "uploaded_by"),
    }
    return _render(model_admin, request, "uploads", context)


@require_http_methods(["GET", "HEAD", "POST"])
def show_intake(request, model_admin, pk):
    """Show what was found in a file; a post imports it or puts it in place of the book's text."""
    shown = get_object_or_404(Intake.objects.select_related("book"), pk=pk)
    if request.method == "POST":
        return _decide(model_admin, request, shown)
    may_decide = _may_decide(model_admin, request, shown)
    form = _form_of(shown) if may_decide else None
    return _render_intake(model_admin, request, shown, form, may_decide=may_decide)


def _decide(model_admin, request, shown):
    if shown.is_waiting and intake.match_again(shown):
        said = "The shop has changed since you opened this page. Please look again at what the file would do."
        model_admin.message_user(request, said, messages.WARNING)
        return redirect("admin:books_intake", shown.pk)
    if not _may_decide(model_admin, request, shown):
        raise PermissionDenied
    form = _form_of(shown, request.POST)
    if form is None or form.is_valid():
        return _carry_out(model_admin, request, form, shown)
    return _render_intake(model_admin, request, shown, form, may_decide=True)


def _may_decide(model_admin, request, shown):
    """Whether this member of staff may import the file: a new edition changes a book."""
    return not shown.is_edition or model_admin.has_change_permission(request, shown.book)


def _form_of(shown, posted=None):
    """Return the form with which a file is imported; None for one that cannot be."""
    if shown.is_undecided or not shown.is_waiting:
        return None
    return EditionForm(shown, posted) if shown.is_edition else NewBookForm(shown, posted)


def _render_intake(model_admin, request, shown, form, *, may_decide):
    context = {
        "title": shown.title,
        "intake": shown,
        "form": form and AdminForm(form, [("To decide", {"fields": list(form.fields)})], {}),
        "may_decide": may_decide,
        "doubt": _doubt(shown),
        "may_publish": shown.book and model_admin.has_change_permission(request, shown.book),
    }
    return _render(model_admin, request, "intake", context)


def _doubt(shown):
    """Return what staff have to say about a file that waits, or have said; empty if there is no question."""
    if shown.book is None or not shown.is_waiting or shown.likeness not in DOUBTS:
        return ""
    return DOUBTS[shown.likeness].format(book=shown.book)


@require_safe
def show_chapters(request, model_admin, pk):
    """Show what a new edition changes, chapter by chapter."""
    shown = get_object_or_404(
        Intake.objects.select_related("book"), pk=pk, state=IntakeState.WAITING, book__isnull=False
    )
    try:
        changes = intake.chapters_compared(shown)
    except intake.NotTaken as reason:
        model_admin.message_user(request, str(reason), messages.ERROR)
        return redirect("admin:books_intake", pk)
    context = {
        "title": f"What changes in “{shown.book}”",
        "intake": shown,
        "changes": [change for change in changes if not change.is_same],
        "same": sum(change.is_same for change in changes),
    }
    return _render(model_admin, request, "chapters", context)


@require_POST
def say_what_it_is(request, model_admin, pk):
    """Note whether a file is an edition of the book that it is like."""
    waiting = get_object_or_404(Intake, pk=pk)
    try:
        intake.say_what_it_is(waiting, is_edition=request.POST.get("is_edition") == "yes")
    except intake.NotTaken as reason:
        model_admin.message_user(request, str(reason), messages.ERROR)
    return redirect("admin:books_intake", pk)


@require_safe
def send_cover(request, model_admin, pk):
    """Send the small cover of a file that waits."""
    waiting = get_object_or_404(Intake.objects.exclude(cover=""), pk=pk)
    try:
        file = waiting.cover.open("rb")
    except FileNotFoundError as error:
        raise Http404("The picture is missing from the storage.") from error
    return FileResponse(file, content_type="image/webp", headers={"Cache-Control": "private, no-store"})


@require_POST
def discard(request, model_admin, pk):
    """Delete a file that waits."""
    waiting = get_object_or_404(Intake, pk=pk)
    try:
        intake.discard(waiting)
    except intake.NotTaken as reason:
        model_admin.message_user(request, str(reason), messages.ERROR)
    else:
        model_admin.message_user(request, f"“{waiting.filename}” has been discarded.", messages.SUCCESS)
    return redirect("admin:books_intake_list")


@require_POST
def publish(request, model_admin, pk):
    """Publish the book that a file became."""
    imported = get_object_or_404(Intake, pk=pk, state=IntakeState.IMPORTED, book__isnull=False)
    if not model_admin.has_change_permission(request, imported.book):
        raise PermissionDenied
    imported.book.publish()
    model_admin.log_change(request, imported.book, "Published")
    model_admin.message_user(request, f"“{imported.book}” is now in the shop.", messages.SUCCESS)
    return redirect("admin:books_intake", pk)


def _take_in(model_admin, request, file):
    """Return the intake of an uploaded file, or None if it is refused; a message says which."""
    try:
        taken = intake.take_in(file, by=request.user)
    except intake.NotTaken as reason:
        model_admin.message_user(request, f"“{visible(file.name)}”: {reason}", messages.ERROR)
        return None
    said = f"“{visible(file.name)}” has been checked. Nothing is imported yet."
    model_admin.message_user(request, said, messages.SUCCESS)
    return taken


def _carry_out(model_admin, request, form, waiting):
    try:
        if form is None:
            raise intake.NotTaken(_why_not(waiting))
        book, said = form.carry_out(waiting, request.user)
    except intake.NotTaken as reason:
        model_admin.message_user(request, str(reason), messages.ERROR)
    else:
        model_admin.message_user(request, said, messages.SUCCESS)
        log = model_admin.log_change if waiting.is_edition else model_admin.log_addition
        log(request, book, said)
    return redirect("admin:books_intake", waiting.pk)


def _why_not(shown):
    if shown.is_waiting:
        return f"This file cannot be imported yet: say first whether it is a new edition of “{shown.book}”."
    return f"This file cannot be imported: it has already been {shown.get_state_display().lower()}."


def _render(model_admin, request, page, context):
    context = model_admin.admin_site.each_context(request) | {"opts": model_admin.opts} | context
    return TemplateResponse(request, f"admin/books/book/{page}.html", context)
