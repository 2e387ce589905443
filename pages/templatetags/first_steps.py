"""The first steps of a new shop, on the admin's first page."""

from django import template

from pages.first_steps import first_steps, wants_first_steps

register = template.Library()


@register.simple_tag
def first_steps_wanted():
    """Return the steps while the admin's first page should show them; nothing later."""
    return first_steps() if wants_first_steps() else []
