"""Tags of the house's own look. Built into every template."""

from django import template

register = template.Library()
