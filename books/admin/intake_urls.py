"""The addresses of the pages on which staff upload EPUBs; the pages are in books/admin/intake.py."""

from importlib import import_module

from django.core.exceptions import PermissionDenied
from django.urls import path

from users.requests import bodies

PAGES = [
    ("intake/<int:pk>/", "show_intake", "books_intake"),
    ("intake/<int:pk>/cover/", "send_cover", "books_intake_cover"),
    ("intake/<int:pk>/chapters/", "show_chapters", "books_intake_chapters"),
    ("intake/<int:pk>/edition/", "say_what_it_is", "books_intake_edition"),
    ("intake/<int:pk>/discard/", "discard", "books_intake_discard"),
    ("intake/<int:pk>/publish/", "publish", "books_intake_publish"),
]


def urls_of(model_admin):
    """Return the addresses of these pages, for the admin of books."""
    uploads = bodies.body_up_to(bodies.WITH_FILES, permission="books.add_book")(
        _view("show_uploads", model_admin)
    )
    return [
        path("intake/", model_admin.admin_site.admin_view(uploads), name="books_intake_list"),
        *(
            path(route, model_admin.admin_site.admin_view(_view(view, model_admin)), name=name)
            for route, view, name in PAGES
        ),
    ]


def _view(name, model_admin):
    """Return the view of this name, for staff who may add books."""

    def guarded(request, **arguments):
        if not model_admin.has_add_permission(request):
            raise PermissionDenied
        # Loaded late: with all that opens, compares and imports books it takes a tenth of the start.
        pages = import_module("books.admin.intake")
        return getattr(pages, name)(request, model_admin, **arguments)

    return guarded
