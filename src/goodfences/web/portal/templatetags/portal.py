"""`{% load portal %}`"""

from __future__ import annotations

from collections.abc import Mapping

from django import template

register = template.Library()


@register.filter
def label(labels: Mapping[str, str], key: str) -> str:
    """The words of an incident type; its key where the policy no longer has it."""
    return labels.get(key, key)
