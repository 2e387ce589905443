"""The wish list: books and bundles that somebody keeps for later.

A reader's is in rows, the same on every device, a visitor's in the session. The session lives on when its
visitor logs in or signs up; what it holds goes into the reader's rows with the next look at the list, or
change of it. The session of a reader has a copy, so that no page of a book needs a query for it.
"""

from books import access
from books.models import Bundle, Wish, find_products

# In a session, which is read with every page: about two kilobytes.
MOST = 50
# The names in the session: of the wishes, and of the reader whose rows they are a copy of.
WISHES, OWNER = "wishes", "wishes_of"


class NotShown(Exception):
    """There is no such product, or not for everybody."""


class ListIsFull(Exception):
    """There are MOST wishes already."""


def look(request):
    """Return the products on the list, latest first; what was bought or deleted leaves the list.

    What is not published right now is not shown, and stays.
    """
    references = _references(request)
    found = find_products(references)
    owned = access.owned_among(request.user, found.values())
    kept = [each for each in references if each in found and each not in owned]
    _forget(request, set(references) - set(kept))
    _keep_copy(request, kept)
    return [found[each] for each in reversed(kept) if _is_shown(found[each])]


def add(request, product):
    """Put a product on the list, once. Raises NotShown and ListIsFull."""
    if product is None or not _is_shown(product):
        raise NotShown
    references = _references(request)
    if product.reference in references:
        return
    if len(references) >= MOST:
        raise ListIsFull
    if request.user.is_authenticated:
        Wish.objects.get_or_create(reader=request.user, item=product.reference)
    _keep_copy(request, [*references, product.reference])


def remove(request, reference):
    """Take a product off the list, if it is on it."""
    references = _references(request)
    _forget(request, {reference})
    _keep_copy(request, [each for each in references if each != reference])


def _is_shown(product):
    return product.kind == Bundle.kind or product.is_published


def _references(request):
    """Return the references on the list in the sequence in which they were added."""
    in_session = request.session.get(WISHES, [])
    if not request.user.is_authenticated:
        return list(in_session)
    rows = Wish.objects.filter(reader=request.user)
    kept = list(rows.values_list("item", flat=True))
    if request.session.get(OWNER) == request.user.pk:
        return kept
    room = MOST - len(kept)
    gathered = [each for each in in_session if each not in kept][: max(room, 0)]
    Wish.objects.bulk_create(
        [Wish(reader=request.user, item=each) for each in gathered], ignore_conflicts=True
    )
    return kept + gathered


def _forget(request, references):
    if references and request.user.is_authenticated:
        Wish.objects.filter(reader=request.user, item__in=references).delete()


def _keep_copy(request, references):
    """Write to the session what it does not have yet: a session that is written is a row more."""
    owner = request.user.pk
    if request.session.get(WISHES, []) != references:
        request.session[WISHES] = references
    if request.session.get(OWNER) != owner:
        request.session[OWNER] = owner
