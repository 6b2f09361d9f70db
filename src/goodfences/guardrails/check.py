"""The one check of a post or comment before anybody sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from goodfences.guardrails import contacts, lexicon
from goodfences.guardrails.contacts import Seen, Span
from goodfences.guardrails.houses import houses
from goodfences.guardrails.lexicon import LANGUAGES, Lexicon
from goodfences.guardrails.model import NAMES, Guardrails, Rule, in_force
from goodfences.guardrails.names import Names
from goodfences.guardrails.people import Mention, Scene
from goodfences.reading import shared
from goodfences.reading.phrases import Match
from goodfences.reading.reader import Word, read

FEATURES = 2
"""What has to be told of somebody beside an act before a word of origin may stand there."""
_OTHER = 2  # common words of another language from which a text is read in that one as well
_PETS = ("missing_pet",)


@dataclass(frozen=True)
class Facts:
    """What the author filled in beside the text.

    `act`: the key of an act that was chosen, empty if none. `confirmed`: the rules whose question was answered with
    yes. `waited_minutes`: since the question about this text was first put; None where it wasn't.
    """

    act: str = ""
    confirmed: frozenset[str] = frozenset()
    waited_minutes: float | None = None


@dataclass(frozen=True)
class Stop:
    """A rule that a text breaks by its characters `start` up to `end`, with why and how to mend it, in a language.

    severity: `stop` isn't posted; `ask` is a question that the author answers after the cool-off; `review` is posted
    once a reviewer has read it. `cut`: whether the rest may be posted without what was found.
    """

    rule: str
    severity: str
    start: int
    end: int
    why: str
    mend: str
    title: str = ""
    cut: bool = False


@dataclass(frozen=True)
class _Reading:
    text: str
    kind: str
    seen: Seen
    words: Sequence[Word]
    lexicon: Lexicon
    facts: Facts
    scene: Scene = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "scene", Scene(self.words, self.lexicon))

    def span(self, match: Match) -> Span:
        return self.words[match.first].start, self.words[match.end - 1].end


def check(text: str, *, kind: str, language: str, facts: Facts | None = None) -> list[Stop]:
    """Every guardrail that the text breaks, in the order of the rules and of the text; empty if it may be posted.

    `kind` is that of the post. The text is read in `language` and in whichever other its words are of; why and how to
    mend are said in `language`.
    """
    facts = facts or Facts()
    rules = in_force()
    found: dict[str, list[Span]] = {}
    for reading in _readings(text, kind, language, facts):
        for name, finder in _FINDERS.items():
            if kind not in rules.rule(name).not_for:
                found.setdefault(name, []).extend(finder(reading))
    return [
        _stop(rules, rules.rule(name), span, language, facts)
        for name in NAMES
        for span in _apart(found.get(name, ()))
    ]


def _readings(text: str, kind: str, language: str, facts: Facts) -> Iterator[_Reading]:
    looks_like = shared.in_force().looks_like
    seen = Seen(text, looks_like)
    own = lexicon.of(language)
    yield _Reading(text, kind, seen, read(text, looks_like, own.known), own, facts)
    plain = {word.text for word in read(text, looks_like, frozenset())}
    for other in map(lexicon.of, LANGUAGES):
        if other is own:
            continue
        theirs = len(plain & other.common)
        if theirs >= _OTHER and theirs >= len(plain & own.common):
            yield _Reading(text, kind, seen, read(text, looks_like, other.known), other, facts)


def _stop(rules: Guardrails, rule: Rule, span: Span, language: str, facts: Facts) -> Stop:
    said = rule.in_language(language)
    return Stop(
        rule=rule.name,
        severity=_severity(rules, rule, facts),
        start=span[0],
        end=span[1],
        why=said.why,
        mend=said.mend,
        title=said.title,
        cut=rule.cut,
    )


def _severity(rules: Guardrails, rule: Rule, facts: Facts) -> str:
    """A question that was answered after the cool-off goes to a reviewer, and so does an act that no rule knows."""
    waited = facts.waited_minutes is not None and facts.waited_minutes >= rules.cool_off_minutes
    if rule.severity == "ask" and rule.name in facts.confirmed and waited:
        return "review"
    if rule.name == "person.act" and facts.act in rules.acts:
        return "review"
    return rule.severity


def _apart(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, each once, those that overlap as one."""
    result: list[Span] = []
    for start, end in sorted(set(spans)):
        if result and start < result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def _act(reading: _Reading) -> Iterator[Span]:
    scene = reading.scene
    concerned = [
        mention
        for mention in scene.strangers
        if not scene.is_in_need(mention) and (not mention.minor or _is_described(scene, mention))
    ]
    if not concerned:
        return
    unlinked = [mention for mention in concerned if not scene.is_linked(mention)]
    of_origin = {match.first for match in scene.origins}
    if len(unlinked) == len(concerned) or any(mention.first in of_origin for mention in unlinked):
        yield reading.span(unlinked[0].match)


def _origin(reading: _Reading) -> Iterator[Span]:
    scene = reading.scene
    enough = scene.feature_count >= FEATURES
    for match in scene.origins:
        mention = scene.mention_of(match)
        told = scene.is_linked(mention) or scene.is_in_need(mention)
        if not (told and enough):
            yield reading.span(match)


def _suspicion(reading: _Reading) -> Iterator[Span]:
    scene = reading.scene
    if any(not act.told_of_nobody for act in scene.acts):
        return
    for match in scene.phrases["suspicion"].matches(reading.words):
        before = range(max(0, match.first - 2), match.first)
        harmless = any(reading.words[now].text in scene.lists["harmless"] for now in (*before, match.first))
        if not harmless:
            yield reading.span(match)


def _minor(reading: _Reading) -> Iterator[Span]:
    scene = reading.scene
    for mention in scene.minors:
        if _is_described(scene, mention):
            yield reading.span(mention.match)


def _is_described(scene: Scene, minor: Mention) -> bool:
    here = scene.sentence[minor.first]
    people = sorted((*scene.strangers, *scene.minors), key=lambda each: each.first)
    for _, at in scene.features:
        if abs(scene.sentence[at] - here) > 1:
            continue
        before = [each for each in people if each.first <= at]
        nearest = before[-1] if before and scene.sentence[before[-1].first] >= scene.sentence[at] - 1 else None
        if nearest is None or nearest.minor:
            return True
    pictures = scene.lists["picture"].matches(scene.words)
    if any(scene.sentence[match.first] == here for match in pictures):
        return True
    return any(
        match.first <= minor.first < match.end or minor.first <= match.first < minor.end for match in scene.origins
    )


def _named(reading: _Reading) -> Iterator[Span]:
    pets = reading.kind in _PETS
    for match in Names(reading.text, reading.words, reading.lexicon, pets=pets).all():
        yield reading.span(match)


def _house(reading: _Reading) -> Iterator[Span]:
    """No part of a telephone number is a house."""
    numbers = list(contacts.phones(reading.seen))
    for start, end in houses(reading.seen, reading.words, reading.lexicon):
        if not any(start < other[1] and end > other[0] for other in numbers):
            yield start, end


def _confront(reading: _Reading) -> Iterator[Span]:
    for match in reading.scene.calls:
        yield reading.span(match)


def _slur(reading: _Reading) -> Iterator[Span]:
    for match in (
        *reading.scene.phrases["words.slur"].matches(reading.words),
        *reading.scene.lists["slurs_of_origin"].matches(reading.words),
    ):
        yield reading.span(match)


_FINDERS: dict[str, Callable[[_Reading], Iterable[Span]]] = {
    "person.act": _act,
    "person.origin": _origin,
    "person.suspicion": _suspicion,
    "person.minor": _minor,
    "person.named": _named,
    "place.address": _house,
    "contact.plate": lambda reading: contacts.plates(reading.seen),
    "contact.phone": lambda reading: contacts.phones(reading.seen),
    "contact.email": lambda reading: contacts.emails(reading.seen),
    "contact.handle": lambda reading: contacts.handles(reading.seen),
    "call.confront": _confront,
    "words.slur": _slur,
}
