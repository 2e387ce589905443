"""What readers without a script need in order to mark a paragraph."""

from django import template

from books.reading.marks.paragraphs import with_pilcrows

register = template.Library()
register.filter(with_pilcrows)
