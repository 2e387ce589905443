"""Whoever opens a link from a letter has its mailbox; the log-in that the link leads to knows the address."""

LETTER = "letter"


def opened(request, address):
    """Note in the session that the link at this path came to this address, if it is not known yet."""
    letter = [request.path, address]
    if request.session.get(LETTER) != letter:
        request.session[LETTER] = letter


def address_of_letter(request):
    """Return the address to which the link came that `next` leads back to; empty for any other `next`."""
    path, address = request.session.get(LETTER, ["", ""])
    return address if path and request.GET.get("next") == path else ""
