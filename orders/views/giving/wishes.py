"""What somebody has typed about a gift, kept in the session until they pay.

It is kept under the number of the form that it is for, so that two gifts in two tabs stay apart.
"""

from secrets import token_urlsafe

from django.urls import reverse

from orders.models.giving.wishes import GiftWish

# In a session; also named in settings.SESSION_KEPT.
TYPED = "giving"
# Of how many gifts that were not paid for a browser remembers what was typed.
KEPT = 5


def keep(request, wish, nonce=""):
    """Keep what was typed; return the number of the form that it is for."""
    typed = {key: value for key, value in request.session.get(TYPED, {}).items() if key != nonce}
    nonce = nonce or token_urlsafe(16)
    latest = [*typed.items(), (nonce, list(wish))][-KEPT:]
    request.session[TYPED] = dict(latest)
    return nonce


def wish_of(request, nonce):
    """Return what was typed for the form of this number, or None."""
    typed = request.session.get(TYPED, {}).get(nonce) if nonce else None
    return GiftWish(*typed) if typed else None


def give_address_of(reference, nonce=""):
    """Return the address of the page that asks for whom a product is; with a nonce, to change that."""
    kind, _, name = reference.partition(":")
    query = ({kind: name} if name else {}) | ({"give": nonce} if nonce else {})
    return reverse("give", query=query or None)
