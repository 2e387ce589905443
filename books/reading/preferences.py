"""How the reader likes their pages: kept in the account, and in cookies for every page of the site.

The cookies save other pages a query, and visitors need no account; on a page of a book the account counts.
"""

from django import forms
from django.db.models import IntegerField

from books.models import Preferences
from users.prepared import Given, PreparedObjects

CHOSEN = (
    *("colours", "typeface", "type_size", "line_spacing", "measure", "margins", "alignment", "hyphens"),
    *("look", "layout", "shortcuts"),
)
CHOICES = {name: dict(Preferences._meta.get_field(name).choices) for name in CHOSEN}
DEFAULTS = {name: Preferences._meta.get_field(name).default for name in CHOSEN}
COOKIE_AGE = 365 * 24 * 60 * 60


class PreferencesForm(forms.ModelForm):
    """The "Aa" panel; a choice that is not sent stays as it is."""

    class Meta:
        model = Preferences
        fields = CHOSEN
        widgets = dict.fromkeys(CHOSEN, forms.RadioSelect)

    def __init__(self, data=None, *, instance):
        if data is not None:
            data = {name: data.get(name, getattr(instance, name)) for name in CHOSEN}
        super().__init__(data, instance=instance, auto_id="set-%s")


def chosen_in(cookies):
    """Return those of these cookies that are choices; one with an unknown choice is ignored."""
    return {name: cookies[name] for name in CHOSEN if cookies.get(name) in CHOICES[name]}


def from_cookies(request):
    """Return the preferences of this browser."""
    return Preferences(**chosen_in(request.COOKIES))


def of_reader(request):
    """Return the preferences of the account, or of this browser if there are none yet."""
    saved = None
    if request.user.is_authenticated:
        saved = next(iter(_saved(user=request.user.pk)), None)
    return saved or from_cookies(request)


@PreparedObjects
def _saved():
    return Preferences.objects.filter(user=Given("user", IntegerField()))


def remember(request, response, preferences):
    """Store in the browser the preferences that it does not have yet."""
    known = DEFAULTS | chosen_in(request.COOKIES)
    for name, value in known.items():
        chosen = getattr(preferences, name)
        if chosen != value:
            response.set_cookie(name, chosen, max_age=COOKIE_AGE, secure=request.is_secure(), samesite="Lax")
