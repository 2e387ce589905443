"""Pages that are the same for everybody, rendered once for each revision, and the personal parts in them."""

from . import memory
from .personal_parts import render_personal
from .shared_pages import is_visitor, shared_page

__all__ = ["is_visitor", "memory", "render_personal", "shared_page"]
