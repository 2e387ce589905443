"""Dates, times and numbers in templates, as the shop writes them; what is not known is left out."""

from django import template

from users import formats

register = template.Library()


@register.filter
def day(moment):
    return formats.day(moment) if moment else ""


@register.filter
def day_and_time(moment):
    return formats.day_and_time(moment) if moment else ""


@register.filter
def number(value, decimals=0):
    return "" if value in {None, ""} else formats.number(value, decimals)


register.filter("percentage", formats.percentage)
