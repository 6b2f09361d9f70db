"""`{% load record %}`: ledger entries, states and times in words."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django import template

from goodfences.joining.models import Application
from goodfences.ledger.models import LedgerEntry
from goodfences.policy import Rule
from goodfences.video_requests.public import PublicRequest
from goodfences.web.public import words

register = template.Library()


@register.filter
def kind_words(entry: LedgerEntry) -> str:
    return words.kind(entry.kind)


@register.filter
def summary_words(entry: LedgerEntry) -> str:
    return words.summary(entry)


@register.filter
def incident_words(incident_type: str) -> str:
    return words.incident(incident_type)


@register.filter
def policy_words(text: str) -> str:
    return words.of_policy(text)


@register.filter
def limit_words(rule: Rule) -> str:
    return words.limit(rule)


@register.filter
def agency_words(kind: str) -> str:
    """What sort of agency: `{{ agency.kind|agency_words }}`."""
    return str(words.AGENCIES.get(kind, kind))


@register.filter
def reuse_words(reuse: str) -> str:
    """For what an agency may use what it was given: `{{ agency.reuse|reuse_words }}`."""
    return str(words.REUSE.get(reuse, reuse))


@register.filter
def notice_words(one: Application) -> str:
    """Where an announced agreement stands: `{{ one|notice_words }}`."""
    return words.notice(one)


@register.filter
def about_url(entry: LedgerEntry) -> str:
    return words.link(entry)


@register.filter
def state_words(state: str) -> str:
    return str(words.STATES.get(state, state))


@register.filter
def state_class(state: str) -> str:
    """The tag's clothes: open is live, refused is stop; the word says it too."""
    return {"open": " live", "rejected": " stop"}.get(state, "")


@register.filter
def window_words(asked: PublicRequest) -> str:
    return words.window(asked.starts_at, asked.ends_at, asked.time_zone)


@register.filter
def long_window_words(asked: PublicRequest) -> str:
    return words.long_window(asked.starts_at, asked.ends_at, asked.time_zone)


@register.filter
def moment_in(at: datetime, zone: str) -> str:
    """`{{ asked.opened_at|moment_in:asked.time_zone }}`."""
    return words.moment(at, zone)


@register.filter
def day_words(at: datetime) -> str:
    return words.day(at)


@register.filter
def pretty_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
