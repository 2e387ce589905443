"""How long people stay logged in, and how staff log them out."""

import time

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import get_user, logout
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions import middleware
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.db import InterfaceError, OperationalError
from django.db.models import CharField, DateTimeField
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from users.prepared import Given, Prepared

BEGAN = "began"
SEEN = "seen"
# A session that is used lives on. Its row is written for that once a day, not with every page.
SEEN_EVERY = 24 * 60 * 60


class SessionStore(db.SessionStore):
    """Django's sessions, dated when they get a new key: at a log-in, or when the password is changed."""

    def load(self):
        """Return what the session holds; nothing, under no key, if it is over or never was."""
        for (data,) in _session(key=self.session_key, now=timezone.now()):
            return self.decode(data)
        self._session_key = None
        return {}

    def save(self, must_create=False):
        if must_create:
            session = self._get_session(no_load=True)  # the row is not there yet
            session[BEGAN] = session[SEEN] = int(time.time())
        try:
            super().save(must_create)
        except UpdateError as failure:
            # Django takes every failure for a session that somebody has ended, and answers 400.
            if isinstance(failure.__context__, OperationalError | InterfaceError):
                raise failure.__context__ from None
            raise


@Prepared
def _session():
    live = Session.objects.filter(pk=Given("key", CharField()), expire_date__gt=Given("now", DateTimeField()))
    return live.values_list("session_data")


def serves_files(view):
    """Mark a view that sends covers, pictures or books: it neither sets a cookie nor changes the session.

    A page shows dozens of them, and caches may keep the public ones with all their headers. Suggestions for a
    search are like that, too.
    """
    view.serves_files = True
    return view


class SessionMiddleware(middleware.SessionMiddleware):
    """Django's session middleware, except for files."""

    def process_response(self, request, response):
        """Save the session and send its cookie, but not with a file."""
        match = request.resolver_match
        if match is None or not getattr(match.func, "serves_files", False):
            return super().process_response(request, response)
        response.cookies.clear()
        return response


class SessionLifetimeMiddleware:
    """Ends sessions that have reached their longest life, and prolongs the others while they are used."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, arguments, named_arguments):
        """Check the session before the view runs; for a file, only when the view asks who the reader is."""
        if getattr(view, "serves_files", False):
            request.user = SimpleLazyObject(lambda: _reader_of_file(request))
        # For visitors without a cookie the session is not asked, so that caches may keep their pages.
        elif settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            self._age(request, now=int(time.time()))

    @staticmethod
    def _age(request, now):
        if is_over(request.session, request.user, now):
            logout(request)
        elif now - request.session[SEEN] >= SEEN_EVERY:
            request.session[SEEN] = now


def is_over(session, user, now):
    """Tell whether this person's session has reached its longest life."""
    return now - session.get(BEGAN, 0) >= longest_life(user).total_seconds()


def _reader_of_file(request):
    """Return who is logged in: nobody if the session is over, which the next page will end."""
    user = get_user(request)
    is_late = user.is_authenticated and is_over(request.session, user, int(time.time()))
    return AnonymousUser() if is_late else user


def longest_life(user):
    """Return how long this person may stay logged in, however active they are."""
    if user.is_guest:
        return settings.GUEST_SESSION_LIFE
    return settings.SESSION_LONGEST_LIFE_OF_STAFF if user.is_staff else settings.SESSION_LONGEST_LIFE


def end_sessions(users):
    """Log these people out everywhere; return how many sessions ended."""
    known = UserSession.objects.filter(user__in=users)
    keys = list(known.values_list("session_key", flat=True))
    ended, _ = Session.objects.filter(session_key__in=keys).delete()
    known.delete()
    return ended
