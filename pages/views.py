"""The pages that are not about one book or order, and the error pages."""

import sys
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from books.models import Book
from books.models.catalogue.bundles import all_books
from books.models.catalogue.orders import BOOK_ORDERS
from books.rendering import prices_of, shared_page
from books.shelves.pages import first_of_everything
from pages import sitemaps
from pages.accent import Unreadable, is_colour, stylesheet
from pages.models import Page, PageVersion
from pages.writing.markdown import to_html
from users.authentication.sessions import serves_files
from users.requests.way_back import way_back

BOOKS_IN_THE_WINDOW = 12
XML = "application/xml; charset=utf-8"
# In seconds: crawlers come again after days.
SITEMAPS_HOLD = 10 * 60
# RFC 9116 wants less than a year, so that nobody writes to an address that is no longer read.
SECURITY_TXT_HOLDS = timedelta(days=180)


@login_not_required
@require_safe
@shared_page()
def home(request):
    """Show what the shop is and what it sells."""
    books, everything = first_of_everything(BOOK_ORDERS["newest"], BOOKS_IN_THE_WINDOW), all_books()
    prices_of(request).look_up(each.pk for each in filter(None, [*books, everything]))
    return render(
        request,
        "home.html",
        {
            "books": books,
            "book_count": Book.objects.published().count_some(),
            "all_books": everything,
            "home_text": to_html(settings.SHOP.home_text),
        },
    )


@login_not_required
@require_safe
@shared_page()
def about(request):
    """Say who runs the shop and how it works."""
    context = {"all_books": all_books(), "about_text": to_html(settings.SHOP.about_text)}
    return render(request, "about.html", context)


@login_not_required
@require_safe
@shared_page()
def page_detail(request, slug):
    """Show a page that staff wrote, in its current version."""
    page = get_object_or_404(Page.objects.filter(current__isnull=False).select_related("current"), slug=slug)
    return _render_version(request, page, page.current)


@login_not_required
@require_safe
@shared_page()
def page_version(request, slug, number):
    """Show what a page says or said in one version, for those who agreed to it."""
    versions = PageVersion.objects.exclude(published_at=None).select_related("page__current")
    version = get_object_or_404(versions, page__slug=slug, number=number)
    return _render_version(request, version.page, version)


def _render_version(request, page, version):
    context = {
        "page": page,
        "version": version,
        "text": to_html(version.text),
        "versions": page.versions.exclude(published_at=None).defer("text"),
    }
    return render(request, "pages/page_detail.html", context)


@login_not_required
@require_safe
def robots(request):
    """Tell crawlers which pages to skip, and where the sitemap is."""
    context = {"site_url": settings.SITE_URL}
    return render(request, "robots.txt", context, content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
def security_txt(request):
    """Say where to report a security hole in the shop (RFC 9116)."""
    expires = timezone.now().replace(microsecond=0) + SECURITY_TXT_HOLDS
    context = {"site_url": settings.SITE_URL, "expires": expires.isoformat()}
    return render(request, "security.txt", context, content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
@cache_control(max_age=SITEMAPS_HOLD, public=True)
def sitemap(request):
    """List the pages that any visitor can open, or the files that do."""
    return HttpResponse(sitemaps.whole(), content_type=XML)


@login_not_required
@require_safe
@cache_control(max_age=SITEMAPS_HOLD, public=True)
def sitemap_file(request, section, file):
    """List some of the pages that any visitor can open."""
    if not sitemaps.is_file(section, file):
        raise Http404
    return HttpResponse(sitemaps.of_file(section, file), content_type=XML)


@login_not_required
@serves_files
@require_safe
@cache_control(max_age=24 * 60 * 60, public=True)
def favicon(request):
    """Send the icon to browsers that ask for it at its traditional address."""
    if settings.SHOP.icon:
        return redirect(settings.SHOP.icon_url)
    icon = settings.BASE_DIR / "static" / "favicon.ico"
    return FileResponse(icon.open("rb"), content_type="image/x-icon")


@login_not_required
@serves_files
@require_safe
@cache_control(max_age=365 * 24 * 60 * 60, public=True, immutable=True)
def accent(request, digits):
    """Send the style sheet of an accent colour, which depends on nothing but its address."""
    if not is_colour(f"#{digits}"):
        raise Http404("This is no colour.")
    try:
        return HttpResponse(stylesheet(f"#{digits}"), content_type="text/css; charset=utf-8")
    except Unreadable as error:
        raise Http404("No shop has this accent.") from error


@login_not_required
def bad_request(request, exception=None):
    return render(request, "400.html", status=400)


@login_not_required
def permission_denied(request, exception=None):
    return render(request, "403.html", status=403)


@login_not_required
def csrf_failure(request, reason=""):
    """Lead back to the page of the form; its token ended with a log-in in another tab, for instance."""
    page = way_back(request, request.headers.get("Referer", ""), otherwise="")
    return render(request, "403_csrf.html", {"page_of_form": page}, status=403)


@login_not_required
def page_not_found(request, exception=None):
    return render(request, "404.html", status=404)


@login_not_required
def server_error(request):
    """Say that something went wrong here, without context or database, which could fail again.

    When the database cannot be reached the answer is 503: it will come back.
    """
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return render(None, "503.html", status=503)
    return render(None, "500.html", status=500)
