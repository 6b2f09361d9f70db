"""The one check of a video request, for pages and API alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from goodfences import places
from goodfences.errors import Problem
from goodfences.policy import text
from goodfences.policy.model import PERSON_RULES, Policy, with_unit
from goodfences.visible import hidden_problems

_CASE_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./_#-]*", re.ASCII)
_PLACEHOLDER = re.compile(
    r"(.)\1*|0*1234(5(6(7(89?)?)?)?)?|(na|abc|asdf|qwerty|foo|bar|case|new|temp|tmp)0*(1|12|123)?"
    r"|(no|my|the|a|new)?(test|testing|demo|none|sample|example|xxx+|tb[acd]|unknown|pending|placeholder|dummy|fake|null|todo"
    r"|nonumber|nocase|casenumber|notyet|tobedetermined)(case|number|id|no)?[0-9]*",
    re.ASCII,
)
_EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>.]{2,}")
_TIME = "%Y-%m-%d %H:%M %Z"


@dataclass(frozen=True)
class Draft:
    """What an officer wrote. Times carry their time zone; `area` is None as long as none was drawn.

    `area_problems` are those of an area that `places` refused: they are reported with all the others.
    """

    case_number: str
    incident_type: str
    reason: str
    contact: str
    area: places.Area | None
    starts_at: datetime | None
    ends_at: datetime | None
    requester_ref: str
    approver_ref: str | None = None
    area_problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Context:
    """What the check needs to know beside the draft: only what the agency itself may know (P2).

    `open_requests`: the agency's other requests that are submitted or open. `requests_for_case`: its
    other requests, in whatever state but draft and rejected, whose `case_key` is that of this draft.
    """

    now: datetime
    open_requests: int = 0
    requests_for_case: int = 0


def case_key(case_number: str) -> str:
    """What makes two case numbers the same: letters and digits, whatever stands between them."""
    folded = unicodedata.normalize("NFKC", case_number).casefold()
    return "".join(char for char in folded if char.isalnum())


def check(draft: Draft, context: Context, policy: Policy) -> list[Problem]:
    """Every broken rule at once, in the order of the form; empty if the draft may be sent."""
    return [
        *_area(draft, policy),
        *_window(draft, context, policy),
        *_case_number(draft, policy),
        *_incident_type(draft, policy),
        *_reason(draft, policy),
        *_contact(draft, policy),
        *_counts(context, policy),
        *_officers(draft),
    ]


def _area(draft: Draft, policy: Policy) -> list[Problem]:
    if draft.area is None:
        missing = Problem("area.given", "area", "Draw the area on the map.")
        return list(draft.area_problems) or [missing]
    least, most = policy.figure("area.min"), policy.figure("area.max")
    size = draft.area.square_miles
    if least <= size <= most:
        return []
    name, limit, words = ("area.min", least, "at least") if size < least else ("area.max", most, "at most")
    shown = f"{_beyond(size, limit)} square miles"
    return [
        Problem(
            rule=name,
            field="area",
            message=f"The area is {shown}; it must be {words} {limit:g} square miles "
            f"({limit * places.SQUARE_METERS_A_SQUARE_MILE / 1e6:.3g} square kilometers).",
            limit=with_unit(limit, "square miles"),
            value=shown,
            nearest=with_unit(limit, "square miles"),
        )
    ]


def _beyond(value: float, limit: float) -> str:
    """A figure with just enough digits to differ from the limit that it breaks."""
    for digits in range(3, 12):
        shown = f"{value:.{digits}g}"
        if float(shown) != limit:
            return shown
    return f"{value}"


def _window(draft: Draft, context: Context, policy: Policy) -> list[Problem]:
    if draft.starts_at is None or draft.ends_at is None:
        field = "starts_at" if draft.starts_at is None else "ends_at"
        return [Problem("window.given", field, "Say when the window begins and when it ends.")]
    for field, moment in (("starts_at", draft.starts_at), ("ends_at", draft.ends_at)):
        if moment.utcoffset() is None:
            return [Problem("window.given", field, f"The time {moment:%Y-%m-%d %H:%M} needs a time zone.")]
    return [
        *_length(draft.starts_at, draft.ends_at, policy),
        *_when(draft.starts_at, draft.ends_at, context.now, policy),
    ]


def _length(starts_at: datetime, ends_at: datetime, policy: Policy) -> list[Problem]:
    # In UTC: two moments of one time zone subtract as wall times, an hour wrong across a change of the clocks.
    length = ends_at.astimezone(UTC) - starts_at.astimezone(UTC)
    if length <= timedelta(0):
        when = "before it begins" if length else "as it begins"
        return [Problem("window.order", "ends_at", f"The window ends {when}: let it end later, or begin earlier.")]
    for name, limit, bad, words in (
        ("window.min", policy.window_min, length < policy.window_min, "at least"),
        ("window.max", policy.window_max, length > policy.window_max, "at most"),
    ):
        if bad:
            nearest = (starts_at.astimezone(UTC) + limit).astimezone(starts_at.tzinfo)
            return [
                Problem(
                    rule=name,
                    field="ends_at",
                    message=f"The window is {_span(length)}; it must be {words} {policy.rule(name).limit}: "
                    f"let it end at {nearest:{_TIME}}.",
                    limit=policy.rule(name).limit,
                    value=_span(length),
                    nearest=nearest.isoformat(),
                )
            ]
    return []


def _when(starts_at: datetime, ends_at: datetime, now: datetime, policy: Policy) -> list[Problem]:
    problems = []
    oldest = (now - policy.window_age).astimezone(starts_at.tzinfo)
    if starts_at.astimezone(UTC) < oldest.astimezone(UTC):
        # Rounded up to the minute that a form can hold, or the value offered would be refused a moment later.
        nearest = oldest.replace(second=0, microsecond=0) + timedelta(minutes=1 if oldest.second else 0)
        problems.append(
            Problem(
                rule="window.age",
                field="starts_at",
                message=f"The window begins at {starts_at:{_TIME}}; it can't begin more than "
                f"{policy.rule('window.age').limit} ago: {nearest:{_TIME}} at the earliest.",
                limit=policy.rule("window.age").limit,
                value=f"{starts_at:{_TIME}}",
                nearest=nearest.isoformat(),
            )
        )
    if ends_at.astimezone(UTC) > now.astimezone(UTC):
        nearest = now.astimezone(ends_at.tzinfo).replace(second=0, microsecond=0)
        problems.append(
            Problem(
                rule="window.future",
                field="ends_at",
                message=f"The window ends at {ends_at:{_TIME}}, which is still to come. Only recorded video can "
                f"be asked for: let it end at {nearest:{_TIME}} at the latest.",
                limit="now",
                value=f"{ends_at:{_TIME}}",
                nearest=nearest.isoformat(),
            )
        )
    return problems


def _span(length: timedelta) -> str:
    """`3 days 2 hours 5 minutes`, seconds only where they matter."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    named = ((days, "days"), (hours, "hours"), (minutes, "minutes"), (seconds, "seconds"))
    return " ".join(with_unit(count, unit) for count, unit in named if count) or "less than 1 second"


def _case_number(draft: Draft, policy: Policy) -> list[Problem]:
    hidden = hidden_problems(draft.case_number, "case_number")
    if hidden:
        return hidden
    longest = int(policy.figure("case_number.format"))
    number = draft.case_number.strip()
    key = case_key(number)
    fine = _CASE_NUMBER.fullmatch(number) and len(number) <= longest and len(key) >= 3
    if fine and any(char.isdigit() for char in key) and not _PLACEHOLDER.fullmatch(key):
        return []
    return [
        Problem(
            rule="case_number.format",
            field="case_number",
            message=f"Give the number of the case on file: 3 to {longest} letters and digits, at least one of them a "
            "digit, with spaces or - / . _ # between them. A placeholder is no case.",
            limit=f"3 to {longest} characters",
            value=number[:60],
        )
    ]


def _incident_type(draft: Draft, policy: Policy) -> list[Problem]:
    if draft.incident_type in policy.incident_types:
        return []
    return [
        Problem(
            rule="incident_type.listed",
            field="incident_type",
            message="Choose an incident type from the list.",
            limit=", ".join(policy.incident_types),
            value=draft.incident_type[:40],
        )
    ]


def _reason(draft: Draft, policy: Policy) -> list[Problem]:
    problems = hidden_problems(draft.reason, "reason", lines=True)
    length = text.readable_length(draft.reason)
    least, most = int(policy.figure("reason.min")), int(policy.figure("reason.max"))
    if length < least:
        message = (
            f"The reason has {with_unit(length, 'characters')} that say something; it needs at least {least}. "
            "Say what happened and what the video could show."
        )
        problems.append(_reason_length("reason.min", message, least, length))
    different, fewest = text.different_words(draft.reason), int(policy.figure("reason.words"))
    if length >= least and different < fewest:
        message = (
            f"The reason has {with_unit(different, 'different words')}; it needs at least {fewest}. "
            "Say what happened and what the video could show."
        )
        limit, value = with_unit(fewest, "different words"), with_unit(different, "different words")
        problems.append(Problem("reason.words", "reason", message, limit=limit, value=value))
    if len(draft.reason) > most:
        message = f"The reason has {len(draft.reason)} characters; at most {most} fit."
        problems.append(_reason_length("reason.max", message, most, len(draft.reason)))
    return problems + _said(text.findings(draft.reason[:most]), "reason", policy)


def published_problems(words: str, field: str, policy: Policy) -> list[Problem]:
    """What a text that an agency or the operator publishes, such as the words of a rejection, may not hold."""
    found = [*text.findings(words, PERSON_RULES), *text.house_in_sentence(words)]
    return hidden_problems(words, field, lines=True) + _said(found, field, policy)


def place_problems(name: str, field: str, policy: Policy) -> list[Problem]:
    """What the published name of a place may not hold: it names a neighborhood or a street (P9)."""
    found = [*text.findings(name), *text.house_in_place_name(name)]
    return hidden_problems(name, field) + _said(found, field, policy)


def _said(found: Iterable[text.Finding], field: str, policy: Policy) -> list[Problem]:
    return [
        Problem(
            rule=finding.rule,
            field=field,
            message=f"{policy.rule(finding.rule).title}. {policy.rule(finding.rule).explanation} "
            f"It was read in: “{finding.words}”.",
            value=finding.words,
        )
        for finding in found
    ]


def _reason_length(rule: str, message: str, limit: int, length: int) -> Problem:
    return Problem(
        rule, "reason", message, limit=with_unit(limit, "characters"), value=with_unit(length, "characters")
    )


def _contact(draft: Draft, policy: Policy) -> list[Problem]:
    longest = int(policy.figure("contact.given"))
    contact = draft.contact.strip()
    hidden = hidden_problems(contact, "contact")
    if hidden:
        return hidden
    digits = sum(char.isdigit() for char in contact)
    if len(contact) <= longest and (digits >= 7 or _EMAIL.search(contact)):
        return []
    return [
        Problem(
            rule="contact.given",
            field="contact",
            message="Give a telephone number of at least 7 digits or an email address at which owners can ask back, "
            f"in at most {longest} characters.",
            limit=policy.rule("contact.given").limit,
            value=contact[:60],
        )
    ]


def _counts(context: Context, policy: Policy) -> list[Problem]:
    problems = []
    for name, field, count, words in (
        ("case.requests", "case_number", context.requests_for_case, "requests for this case were already sent"),
        ("agency.open", "", context.open_requests, "requests of your agency are already waiting or open"),
    ):
        limit = int(policy.figure(name))
        if count >= limit:
            problems.append(
                Problem(
                    rule=name,
                    field=field,
                    message=f"{count} {words}; no more than {limit} are allowed.",
                    limit=with_unit(limit, "requests"),
                    value=with_unit(count, "requests"),
                )
            )
    return problems


def _officers(draft: Draft) -> list[Problem]:
    if draft.approver_ref is None or draft.approver_ref != draft.requester_ref:
        return []
    return [Problem("officers.second", "approver", "A second officer must approve: nobody opens their own request.")]
