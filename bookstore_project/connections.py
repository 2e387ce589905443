"""The addresses of the database and the mail server, read from the environment as Django wants them."""

from urllib.parse import unquote, urlsplit

import dj_database_url

from bookstore_project import environment


def database(name: str, *, default: str) -> dict[str, object]:
    """Return Django's settings for a sqlite:, postgres: or postgresql: address.

    The sentence does not show the value, which holds a password.
    """
    value = environment.text(name, default=default)
    wrong = environment.WrongSetting(
        f"{name} must be an address such as postgres://user:password@host:5432/name."
    )
    if value.partition(":")[0] not in {"sqlite", "postgres", "postgresql"}:
        raise wrong
    try:
        found = dict(dj_database_url.parse(value, conn_max_age=60, conn_health_checks=True))
    except (ValueError, dj_database_url.ParseError) as error:
        raise wrong from error
    if not found["NAME"]:
        raise wrong
    return found


def mailer(name: str, *, default: str, debug: bool) -> dict[str, object]:
    """Return an entry of MAILERS for smtp:, smtp+tls:, smtps: or consolemail: addresses.

    consolemail: prints whole letters with DEBUG on, else only their addresses and subjects.
    The sentence does not show the value, which holds a password.
    """
    wrong = environment.WrongSetting(
        f"{name} must be smtp://, smtp+tls:// or smtps://user:password@host:port, or consolemail://."
    )
    try:
        parts = urlsplit(environment.text(name, default=default))
        port = parts.port
    except ValueError as error:
        raise wrong from error
    if parts.scheme == "consolemail":
        backend = "PrintingBackend" if debug else "EnvelopeBackend"
        return {"BACKEND": f"bookstore_project.console_mail.{backend}"}
    if parts.scheme not in {"smtp", "smtp+tls", "smtps"} or not parts.hostname:
        raise wrong
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": parts.hostname,
            "port": port or {"smtp": 25, "smtp+tls": 587, "smtps": 465}[parts.scheme],
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "use_tls": parts.scheme == "smtp+tls",
            "use_ssl": parts.scheme == "smtps",
            "timeout": 10,
        },
    }
