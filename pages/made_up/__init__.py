"""A made-up shop of any size, for trying out and measuring: `manage.py load_catalogue`."""

from .loading import load, made_up_books

__all__ = ["load", "made_up_books"]
