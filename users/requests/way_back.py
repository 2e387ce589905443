"""Where somebody wants to go on: `next`, the Referer, whatever address a visitor sends."""

from urllib.parse import urlsplit

from django.utils.http import url_has_allowed_host_and_scheme


def way_back(request, sent, *, otherwise):
    """Return the address that was sent, as a path of this site with its query; `otherwise` if it is none.

    Every address that comes from outside goes through here before anybody is led to it. What does not begin
    with a slash is refused: redirect() would take it for the name of a URL.
    """
    try:
        parts = urlsplit(sent)
    except ValueError:
        return otherwise
    path = parts._replace(scheme="", netloc="").geturl() if parts.netloc == request.get_host() else sent
    # Without a host of its own, and not one that browsers would make out of slashes and tabs either.
    if path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None):
        return path
    return otherwise
