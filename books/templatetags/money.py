from django import template

from books.money import money

register = template.Library()
register.filter("money", money)
