"""What residents' pages alone say. `{% load resident %}`."""

from __future__ import annotations

from django import template

from goodfences.clips import refusals

register = template.Library()


@register.filter
def why(reason: str) -> str:
    """Why a video of theirs wasn't kept or couldn't be cut."""
    return refusals.in_words(reason)
