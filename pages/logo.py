"""The shop's logo and icon, stored under names that are made from their content."""

from django.core.files.storage import default_storage

from books.publishing.files import Write, remove_on_commit
from books.publishing.quarantine.examined import Logo


def store_logo(row, logo: Logo | None, write: Write) -> None:
    """Write the logo's files and fill in the settings' fields, unsaved; old files are deleted on commit.

    None takes the logo away.
    """
    old = _files_of(row)
    if logo is None:
        row.logo = row.icon = ""
        row.logo_width = row.logo_height = 0
    else:
        row.logo, row.icon = f"shop/{logo.stem}.png", f"shop/{logo.stem}-icon.png"
        row.logo_width, row.logo_height = logo.width, logo.height
        write(default_storage, row.logo.name, logo.picture)
        write(default_storage, row.icon, logo.icon)
    remove_on_commit(default_storage, old - _files_of(row))


def _files_of(row):
    return {row.logo.name, row.icon} if row.logo else set()
