"""The shelf in the administration: what Django finds when it looks for a module of this name."""

from . import catalogue, grants, reviews

__all__ = ["catalogue", "grants", "reviews"]
