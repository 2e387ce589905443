from django import template

from books.rendering.personal_parts import render_part

register = template.Library()


@register.simple_tag(takes_context=True)
def personal(context, name, **variables):
    """Show the template `name` with these variables; in a shared page, leave a gap for it."""
    gaps = getattr(context.get("request"), "gaps", None)
    return gaps.leave(name, variables) if gaps else render_part(context, name, variables)
