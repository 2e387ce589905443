"""Public files: covers. Their names are made from their content, so browsers may keep them for good."""

from pathlib import PurePosixPath

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404
from django.views.decorators.http import condition, require_safe

from books.epub.book import MEDIA_TYPES
from users.authentication.sessions import serves_files


def _last_modified(request, path):
    try:
        return default_storage.get_modified_time(path)
    except (OSError, ValueError, SuspiciousFileOperation):
        return None


@login_not_required
@serves_files
@require_safe
@condition(last_modified_func=_last_modified)
def media(request, path):
    """Serve a picture from the public storage; there is nothing else in it for anybody."""
    media_type = MEDIA_TYPES.get(PurePosixPath(path).suffix)
    if media_type is None:
        raise Http404
    try:
        file = default_storage.open(path)
    except (OSError, ValueError, SuspiciousFileOperation) as error:
        raise Http404 from error
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return FileResponse(file, content_type=media_type, headers=headers)
