"""`{% load alerts %}`: official warnings where a resident lives, for the top of any of their pages."""

from __future__ import annotations

from typing import Any

from django import template

from goodfences.alerts import public
from goodfences.people.models import Household
from goodfences.web.warnings import shown

register = template.Library()


@register.inclusion_tag("resident/_warnings_here.html")
def warnings_here(household: Household) -> dict[str, Any]:
    """`{% warnings_here household %}`: those in force there, the worst first; nothing where there is none."""
    return {"warnings": [shown(one) for one in public.reaching(household.cell)]}
