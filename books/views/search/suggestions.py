"""What the search field suggests while a visitor types."""

from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from books.search.bounded_queries import TooMuch, bounded_queries
from books.search.language.words import LONGEST_QUERY
from books.search.suggestions import suggest
from users.authentication.sessions import serves_files

# Everybody gets the same, and what was suggested a minute ago is good enough.
REMEMBERED_SECONDS = 60


@login_not_required
@serves_files
@require_safe
@cache_control(public=True, max_age=REMEMBERED_SECONDS)
def search_suggestions(request):
    """Answer with the books, authors and subjects that begin like ?q=, grouped, each with its address."""
    query = request.GET.get("q", "")
    books, authors, subjects = _suggested(query) if len(query) <= LONGEST_QUERY else ([], [], [])
    groups = [
        ("Books", [_option(book, book.title, book.language) for book in books]),
        ("Authors", [_option(author, author.name) for author in authors]),
        ("Subjects", [_option(subject, subject.name) for subject in subjects]),
    ]
    return JsonResponse({"groups": [{"label": label, "options": found} for label, found in groups if found]})


def _suggested(query):
    try:
        with bounded_queries():
            return suggest(query)
    except TooMuch:
        return [], [], []


def _option(found, text, language=""):
    return {"text": text, "address": found.get_absolute_url(), "language": language}
