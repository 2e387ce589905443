"""How long somebody stays logged in, and how staff end that."""

import time

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.models import Session
from django.dispatch import receiver

BEGAN = "began"
SEEN = "seen"
# A session that is used lives on; its row is written once a day for that and not with every page.
SEEN_EVERY = 24 * 60 * 60


@receiver(user_logged_in)
def begin(request, **kwargs):
    """Note in the session when it began."""
    request.session[BEGAN] = request.session[SEEN] = int(time.time())


class SessionLifetimeMiddleware:
    """Ends sessions that have reached their longest life and prolongs the others while they are used."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        # Visitors without a cookie keep pages that do not depend on one.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            self._age(request, now=int(time.time()))
        return self.get_response(request)

    @staticmethod
    def _age(request, now):
        if now - request.session.get(BEGAN, 0) >= longest_life(request.user).total_seconds():
            logout(request)
        elif now - request.session[SEEN] >= SEEN_EVERY:
            request.session[SEEN] = now


def longest_life(user):
    """Return how long this person may stay logged in, however busy."""
    return settings.SESSION_LONGEST_LIFE_OF_STAFF if user.is_staff else settings.SESSION_LONGEST_LIFE


def end_sessions(users):
    """Log these people out everywhere; returns how many sessions that ended."""
    known = UserSession.objects.filter(user__in=users)
    keys = list(known.values_list("session_key", flat=True))
    ended, _ = Session.objects.filter(session_key__in=keys).delete()
    known.delete()
    return ended
