"""Where to send a visitor next: `next`, the Referer, any address that came with a request."""

from urllib.parse import urlsplit

from django.utils.http import url_has_allowed_host_and_scheme


def way_back(request, sent, *, otherwise):
    """Return the address as a path on this site, with its query; `otherwise` if it is no such path.

    Every address from outside goes through here before a redirect. What does not begin with a slash is
    refused: redirect() would take it for the name of a URL.
    """
    try:
        parts = urlsplit(sent)
    except ValueError:
        return otherwise
    path = parts._replace(scheme="", netloc="").geturl() if parts.netloc == request.get_host() else sent
    # No host, nor what browsers would take for one, such as "//" or tabs between slashes.
    if path.startswith("/") and url_has_allowed_host_and_scheme(path, allowed_hosts=None):
        return path
    return otherwise
