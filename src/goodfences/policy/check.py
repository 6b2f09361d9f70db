"""The one check of a video request, for pages and API alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from goodfences import places
from goodfences.errors import Problem, Refused, refuse
from goodfences.policy import text
from goodfences.policy.model import PERSON_RULES, URGENT_PERIOD, Policy, with_unit
from goodfences.visible import hidden_problems

_CASE_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./_#-]*", re.ASCII)
_PLACEHOLDER = re.compile(
    r"(.)\1*|0*1234(5(6(7(89?)?)?)?)?|(na|abc|asdf|qwerty|foo|bar|case|new|temp|tmp)0*(1|12|123)?"
    r"|(no|my|the|a|new)?(test|testing|demo|none|sample|example|xxx+|tb[acd]|unknown|pending|placeholder|dummy|fake|null|todo"
    r"|nonumber|nocase|casenumber|notyet|tobedetermined)(case|number|id|no)?[0-9]*",
    re.ASCII,
)
_BRACKETS = re.compile(r"\[[^\[\]]{0,60}\]?")
_LONGEST_URGENT = 500
_REASON = (10, 500)
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
    urgent: bool = False
    urgent_reason: str = ""


@dataclass(frozen=True)
class Context:
    """What the check needs to know beside the draft: only what the agency itself may know (P2).

    `open_requests`: the agency's other requests that are submitted or open. `requests_for_case`: its
    other requests, in whatever state but draft and rejected, whose `case_key` is that of this draft.
    `urgent_requests`: its other urgent ones of the last 30 days, in the same states. `jurisdiction`: the outline
    that the agency published, as `places.jurisdiction` cleaned it; None where it published none.
    """

    now: datetime
    open_requests: int = 0
    requests_for_case: int = 0
    urgent_requests: int = 0
    jurisdiction: Mapping[str, Any] | None = None


def case_key(case_number: str) -> str:
    """What makes two case numbers the same: letters and digits, whatever stands between them."""
    folded = unicodedata.normalize("NFKC", case_number).casefold()
    return "".join(char for char in folded if char.isalnum())


def check(draft: Draft, context: Context, policy: Policy) -> list[Problem]:
    """Every broken rule at once, in the order of the form; empty if the draft may be sent."""
    return [
        *_area(draft, context, policy),
        *_window(draft, context, policy),
        *_case_number(draft, policy),
        *_incident_type(draft, policy),
        *_reason(draft, policy),
        *_contact(draft, policy),
        *_urgent(draft, context, policy),
        *_counts(context, policy),
        *_officers(draft),
    ]


def another_case_problems(case_number: str, reason: str, policy: Policy) -> list[Problem]:
    """What is wrong with asking an owner to let a video serve another case: the rules of a request, for these two."""
    draft = Draft(case_number, "", reason, "", None, None, None, "")
    return [*_case_number(draft, policy), *_reason(draft, policy)]


def question_problems(words: str, field: str, policy: Policy) -> list[Problem]:
    """What a question to an owner may not hold: whatever a reason may not."""
    return hidden_problems(words, field, lines=True) + _said(text.findings(words), field, policy)


def _area(draft: Draft, context: Context, policy: Policy) -> list[Problem]:
    if draft.area is None:
        missing = Problem("area.given", "area", "Draw the area on the map.")
        return list(draft.area_problems) or [missing]
    outside = _outside(draft.area, context.jurisdiction)
    return [*_number_of_areas(draft.area, policy), *_sizes(draft.area, policy), *outside]


def _outside(area: places.Area, jurisdiction: Mapping[str, Any] | None) -> list[Problem]:
    beyond = len(places.outside(dict(jurisdiction), area.ranges)) if jurisdiction else 0
    if not beyond:
        return []
    share = max(1, round(100 * beyond / area.cells))
    if beyond == area.cells:
        message, value = "The area lies outside your agency's jurisdiction: draw it inside.", "all of it outside"
    else:
        # Never a round 100: some of it is inside.
        value = f"{min(share, 99)}% outside"
        message = f"The area reaches beyond your agency's jurisdiction: {value}. Draw it inside."
    return [Problem("area.jurisdiction", "area", message, limit="inside the outline", value=value)]


def part_of_town_problems(cells: Iterable[int], field: str, jurisdiction: Mapping[str, Any] | None) -> list[Problem]:
    """The same rule for what names whole parts of town, such as a public appeal: each is served, in part at least."""
    if jurisdiction is None or places.meets(dict(jurisdiction), cells):
        return []
    message = "This reaches beyond your agency's jurisdiction. Choose a place inside, or less of the town around it."
    return [Problem("area.jurisdiction", field, message, limit="inside the outline", value="outside")]


def _number_of_areas(area: places.Area, policy: Policy) -> list[Problem]:
    count, most = len(area.parts), int(policy.figure("area.parts"))
    if count <= most:
        return []
    message = f"There are {count} areas; a request can have {most} at most. Take out what matters least."
    return [Problem("area.parts", "area", message, limit=with_unit(most, "areas"), value=with_unit(count, "areas"))]


def _sizes(area: places.Area, policy: Policy) -> list[Problem]:
    """The sum is held to the largest size, and each single area to the smallest: one home must never be one."""
    least, most = policy.figure("area.min"), policy.figure("area.max")
    several = len(area.parts) > 1
    smallest = min(area.parts) / places.SQUARE_METERS_A_SQUARE_MILE if several else area.square_miles
    problems = []
    if smallest < least:
        one = "One of the areas" if several else "The area"
        problems.append(_size("area.min", f"{one} is", smallest, "at least", least))
    if area.square_miles > most:
        all_of_it = "The areas are together" if several else "The area is"
        problems.append(_size("area.max", all_of_it, area.square_miles, "at most", most))
    return problems


def _size(rule: str, what: str, size: float, words: str, limit: float) -> Problem:
    shown = f"{_beyond(size, limit)} square miles"
    must = "they" if what.endswith("together") else "it"
    return Problem(
        rule=rule,
        field="area",
        message=f"{what} {shown}; {must} must be {words} {limit:g} square miles "
        f"({limit * places.SQUARE_METERS_A_SQUARE_MILE / 1e6:.3g} square kilometers).",
        limit=with_unit(limit, "square miles"),
        value=shown,
        nearest=with_unit(limit, "square miles"),
    )


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
        is_past = oldest.second or oldest.microsecond
        nearest = oldest.replace(second=0, microsecond=0) + timedelta(minutes=1 if is_past else 0)
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
    return problems + _unfilled(draft.reason, policy) + _said(text.findings(draft.reason[:most]), "reason", policy)


def _unfilled(reason: str, policy: Policy) -> list[Problem]:
    found = _BRACKETS.search(reason)
    if found is None:
        return []
    rule = policy.rule("reason.filled")
    message = f"{rule.title}. {rule.explanation} It was read in: “{found[0]}”."
    return [Problem("reason.filled", "reason", message, value=found[0])]


def published_problems(words: str, field: str, policy: Policy) -> list[Problem]:
    """What a text that an agency or the operator publishes, such as the words of a rejection, may not hold."""
    found = [*text.findings(words, PERSON_RULES), *text.house_in_sentence(words)]
    return hidden_problems(words, field, lines=True) + _said(found, field, policy)


def published_reason(words: str, says: str, field: str, policy: Policy, *, rule: str) -> str:
    """The reason of an act, which is published with it, without what surrounds it. `says` is what it says.

    Raises Refused unless it has 10 to 500 characters and holds nothing that is published of nobody.
    """
    (least, most), words = _REASON, words.strip()
    if not least <= len(words) <= most:
        limit, value = f"{least} to {most} characters", f"{len(words)} characters"
        raise refuse(rule, field, f"Say in {limit} {says}: the reason is published.", limit=limit, value=value)
    if problems := published_problems(words, field, policy):
        raise Refused(*problems)
    return words


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


def _urgent(draft: Draft, context: Context, policy: Policy) -> list[Problem]:
    """Urgent changes an email's subject and an order, no rule. So it has to be justified, and it is rare."""
    if not draft.urgent:
        return []
    words = draft.urgent_reason
    problems = hidden_problems(words, "urgent_reason", lines=True)
    length, least = text.readable_length(words), int(policy.figure("urgent.reason"))
    if length < least or len(words) > _LONGEST_URGENT:
        message = f"Say in {least} to {_LONGEST_URGENT} characters why it can't wait; there are {length}."
        limit, value = f"{least} to {_LONGEST_URGENT} characters", with_unit(length, "characters")
        problems.append(Problem("urgent.reason", "urgent_reason", message, limit=limit, value=value))
    elif merely := text.merely_matters(words):
        rule = policy.rule("urgent.danger")
        message = (
            f"{rule.title}: “{merely}” says that it matters. Say who or what is in danger now. {rule.explanation}"
        )
        problems.append(Problem("urgent.danger", "urgent_reason", message))
    count, most = context.urgent_requests, int(policy.figure("urgent.requests"))
    if count >= most:
        message = (
            f"Your agency has marked {with_unit(count, 'requests')} urgent in the last {URGENT_PERIOD.days} days; "
            f"no more than {most} are allowed. "
            "It can be sent as an ordinary request: owners get the same email at the same time."
        )
        limit, value = with_unit(most, "requests"), with_unit(count, "requests")
        problems.append(Problem("urgent.requests", "urgent", message, limit=limit, value=value))
    return problems + _said(text.findings(words[:_LONGEST_URGENT]), "urgent_reason", policy)


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
