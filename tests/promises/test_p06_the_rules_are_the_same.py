"""P6: the rules are the same for everyone: one policy, checked in one place, for page and act, never looser."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from goodfences import places, source
from goodfences.agencies.models import Agency, AgencyAct, Agreement
from goodfences.agencies.queries import policy_for
from goodfences.errors import Problem, Refused
from goodfences.ledger.models import LedgerEntry
from goodfences.people.models import Account
from goodfences.policy import Context, Draft, Policy, in_force
from goodfences.policy.model import LIMITED, UNLIMITED
from goodfences.video_requests import actions, matching
from goodfences.video_requests import fields as request_fields
from goodfences.video_requests.fields import RequestFields
from goodfences.video_requests.models import Ask, VideoRequest
from tests import persons, story
from tests.web.portal.conftest import HELSINKI, form, square

pytestmark = pytest.mark.django_db(transaction=True)

NEW, CHECK = "/portal/requests/new/", "/portal/requests/check/"
SOURCE = Path(__file__).resolve().parents[2] / "src" / "goodfences"
ClientOf = Callable[[Account], Client]


@dataclass(frozen=True)
class Case:
    """How to break one rule: what is posted instead, and what its problem says of limit and value."""

    posted: dict[str, Any]
    limit: str = ""
    value: str = ""
    before: Callable[[Account], None] | None = None
    also: set[str] = field(default_factory=set)


def others(count: int, case: str) -> Callable[[Account], None]:
    """That many requests of the agency were submitted before."""

    def submit(officer: Account) -> None:
        for number in range(count):
            story.submit(officer, story.fields(case=case.format(number)))

    return submit


def reason(text: str, value: str) -> Case:
    return Case({"reason": text}, value=value)


def squares(count: int) -> str:
    """That many areas beside each other, each large enough and all together small enough."""
    (ring,) = json.loads(square(0.0015))["coordinates"]
    moved = [[[[lon + 0.02 * number, lat] for lon, lat in ring]] for number in range(count)]
    return json.dumps({"type": "MultiPolygon", "coordinates": moved})


def urgent(why: str) -> dict[str, str]:
    return {"urgent": "on", "urgent_reason": why}


def urgent_before(count: int) -> Callable[[Account], None]:
    """That many urgent requests of the agency were submitted before."""

    def submit(officer: Account) -> None:
        others(count, "NG-60{}")(officer)
        VideoRequest.objects.update(urgent=True, urgent_reason=DANGER)

    return submit


def serves_the_east(officer: Account) -> None:
    """The agency's outline has its western edge in the middle of what is drawn."""
    (ring,) = json.loads(square(0.01))["coordinates"]
    east = places.jurisdiction(
        {"type": "Polygon", "coordinates": [[[max(lon, persons.OLIVES_PLACE[1]), lat] for lon, lat in ring]]}
    )
    Agency.objects.filter(officers__account=officer).update(area=east)


DANGER = "A child is missing since noon and it will freeze tonight."
LONG = "A red van left. " * 124 + "It is an old one x"
CASES = {
    "area.min": Case({"area": square(0.0005)}, "0.025 square miles", "0.00478 square miles"),
    "area.max": Case({"area": square(0.012)}, "0.5 square miles", "2.75 square miles"),
    "area.jurisdiction": Case({}, "inside the outline", "50% outside", before=serves_the_east),
    "window.min": Case({"ends_at": "2026-11-23T20:10"}, "15 minutes", "10 minutes"),
    "window.max": Case({"ends_at": "2026-11-24T09:00"}, "12 hours", "13 hours"),
    "window.age": Case(
        {"starts_at": "2026-10-23T20:00", "ends_at": "2026-10-23T22:00"}, "30 days", "2026-10-23 20:00 EEST"
    ),
    "window.future": Case(
        {"starts_at": "2026-11-24T10:00", "ends_at": "2026-11-24T15:00"}, "now", "2026-11-24 15:00 EET"
    ),
    "case_number.format": Case({"case_number": "none"}, "3 to 40 characters", "none"),
    "incident_type.listed": Case({"incident_type": "loitering"}, ", ".join(in_force().incident_types), "loitering"),
    "contact.given": Case({"contact": "the desk"}, "120 characters", "the desk"),
    "reason.min": Case({"reason": "A bicycle was taken."}, "40 characters", "20 characters"),
    "reason.words": Case({"reason": "blah blub " * 8}, "5 different words", "2 different words"),
    "reason.max": Case({"reason": LONG}, "2000 characters", "2002 characters", also={"reason.length"}),
    "text.address": Case({"place_name": "Kaivokatu 12 B"}, value="Kaivokatu 12"),
    "text.visible": reason(
        "\u202eelam kcalb\u202c A person ran along the street with a bag.", "U+202E right-to-left override"
    ),
    "reason.race": reason("A purse was snatched at noon. We are looking for a Black man of about 30.", "Black man"),
    "reason.victim": reason("The victim, Maria Lopez, was hit by a car that left at once.", "victim, Maria Lopez"),
    "reason.pressure": reason("You must share your video of the robbery; the robber wore red.", "You must share"),
    "purpose.assembly": reason("Please identify the protesters who went to city hall.", "identify the protesters"),
    "purpose.immigration": reason("We look for the undocumented workers at this corner.", "undocumented"),
    "purpose.care": reason("A woman went to the abortion clinic and we want to know who.", "went to the abortion"),
    "purpose.testing": reason("This is only a drill, so please send any clip that you have.", "only a drill"),
    "purpose.patrol": reason("We would like to keep an eye on the area in the evenings.", "keep an eye on the area"),
    "case.requests": Case({"case_number": "NG-1"}, "2 requests", "2 requests", before=others(2, "NG 1")),
    "area.parts": Case({"area": squares(4)}, "3 areas", "4 areas"),
    "reason.filled": reason("A parked [vehicle] was hit on Oak Street by somebody who drove on.", "[vehicle]"),
    "urgent.reason": Case(urgent("A child is missing."), "40 to 500 characters", "19 characters"),
    "urgent.danger": Case(urgent("This case is of great importance to all of us here.")),
    "urgent.requests": Case(urgent(DANGER), "3 requests", "3 requests", before=urgent_before(3)),
    "agency.open": Case({}, "5 requests", "5 requests", before=others(5, "NG-70{}")),
}  # fmt: skip
# Whoever opens a request, and whom it reaches: no form can break these, and each has a test of its own below.
ELSEWHERE = {
    *("officers.second", "homes.min", "asks.max", "asks.period", "request.expiry"),
    *("keep.max", "hold.max", "deletion.answer"),  # of what becomes of shared video: tests/evidence
}


@pytest.fixture(autouse=True)
def _published(clock: source.SeededSource) -> None:
    story.publish()


def fields_of(posted: dict[str, Any]) -> RequestFields:
    """The same request as code gives it to the act, with no form between."""
    given = {name: posted[name] for name in ("case_number", "incident_type", "reason", "contact", "place_name")}
    moments = {
        name: datetime.fromisoformat(posted[name]).replace(tzinfo=HELSINKI) for name in ("starts_at", "ends_at")
    }
    flags = {"urgent": "urgent" in posted, "urgent_reason": posted.get("urgent_reason", "")}
    return RequestFields(**given, **moments, **flags, area=places.area_from_geojson(json.loads(posted["area"])))


def written() -> tuple[int, int, int]:
    """What counts as done: requests that left their author's desk, public entries, acts on record."""
    sent = VideoRequest.objects.exclude(state=VideoRequest.State.DRAFT).count()
    return sent, LedgerEntry.objects.count(), AgencyAct.objects.count()


def on_page(client: Client, posted: dict[str, Any]) -> list[Problem]:
    """What the page's own check, while one writes, says is broken."""
    return [problem for _, problem in client.post(CHECK, posted).context["broken"]]


def by_act(officer: Account, given: RequestFields) -> tuple[Problem, ...]:
    """What saving and submitting refuse."""
    acting = persons.officer(officer)
    with pytest.raises(Refused) as refused:
        actions.submit(officer=acting, ref=actions.save_draft(officer=acting, fields=given).ref)
    return refused.value.problems


def test_every_rule_of_the_policy_has_a_case() -> None:
    assert {rule.name for rule in in_force().rules} == CASES.keys() | ELSEWHERE
    assert not CASES.keys() & ELSEWHERE


def test_a_request_that_breaks_no_rule_passes_both_ways(client_of: ClientOf, omar: Account) -> None:
    assert on_page(client_of(omar), form()) == []
    assert actions.check(officer=persons.officer(omar), fields=fields_of(form())) == []
    assert client_of(omar).post(NEW, form(submit="1")).status_code == 302
    assert written()[0] == 1


@pytest.mark.parametrize("rule", CASES)
def test_page_and_act_refuse_it_alike_and_write_nothing(rule: str, client_of: ClientOf, omar: Account) -> None:
    case = CASES[rule]
    if case.before:
        case.before(omar)
    before = written()
    posted = form(**case.posted)
    shown = on_page(client_of(omar), posted)
    assert {problem.rule for problem in shown} == {rule} | case.also
    assert actions.check(officer=persons.officer(omar), fields=fields_of(posted)) == shown
    (problem,) = [each for each in shown if each.rule == rule]
    assert (problem.limit, problem.value) == (case.limit, case.value)

    answer = client_of(omar).post(NEW, {**posted, "submit": "1"})
    refused = by_act(omar, fields_of(posted))
    assert {each.rule for each in refused} == (case.also or {rule})
    assert answer.status_code == 422
    for each in refused:
        assert each in shown
        assert escape(each.message) in answer.content.decode()
    assert written() == before


def test_page_and_act_reach_the_very_same_check(
    client_of: ClientOf, omar: Account, ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real check runs; it is only watched."""
    seen: list[tuple[Draft, Context, Policy]] = []
    real = request_fields.check

    def watched(draft: Draft, context: Context, policy: Policy) -> list[Problem]:
        seen.append((draft, context, policy))
        return real(draft, context, policy)

    monkeypatch.setattr(request_fields, "check", watched)
    client_of(omar).post(CHECK, form())
    actions.check(officer=persons.officer(omar), fields=fields_of(form()))
    client_of(omar).post(NEW, form(submit="1"))
    request = VideoRequest.objects.get()
    assert len(seen) == 3
    assert seen[0] == seen[1]
    assert (seen[2][0].reason, seen[2][2].hash) == (seen[0][0].reason, seen[0][2].hash)
    client_of(ada).post(f"/portal/requests/{request.ref}/approve/")
    assert len(seen) == 4
    assert seen[3][0].approver_ref == persons.officer(ada).ref
    request.refresh_from_db()
    assert request.state == VideoRequest.State.OPEN


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def test_there_is_one_door_to_the_check_and_no_other_page_or_api_makes_requests() -> None:
    modules = {path.relative_to(SOURCE).as_posix(): imports_of(path) for path in SOURCE.rglob("*.py")}
    checks = {"goodfences.policy.check", "goodfences.policy.check.check"}
    doors = {name for name, found in modules.items() if found & checks and not name.startswith("policy/")}
    assert doors == {"video_requests/fields.py", "appeals/rules.py"}, "An appeal holds to the same rules."
    act = "goodfences.video_requests.actions"
    makers = {name for name, found in modules.items() if any(f"{each}.".startswith(f"{act}.") for each in found)}
    makers = {name for name in makers if name.startswith("web/")}
    assert makers
    assert all(name.startswith("web/portal/") for name in makers), makers


def test_a_rule_that_became_stricter_meanwhile_holds_at_the_approval(
    client_of: ClientOf, omar: Account, ada: Account
) -> None:
    request = story.submit(omar)
    Agreement.objects.update(stricter={"window.max": 1})
    before = written()
    with pytest.raises(Refused) as refused:
        actions.approve(officer=persons.officer(ada), ref=request.ref)
    assert [problem.rule for problem in refused.value.problems] == ["window.max"]
    page = client_of(ada).post(f"/portal/requests/{request.ref}/approve/", follow=True).content.decode()
    assert escape(refused.value.problems[0].message) in page
    assert written() == before


def test_nobody_opens_their_own_request_by_page_or_act(client_of: ClientOf, ada: Account) -> None:
    request = story.submit(ada)
    before = written()
    with pytest.raises(Refused) as refused:
        actions.approve(officer=persons.officer(ada), ref=request.ref)
    assert [problem.rule for problem in refused.value.problems] == ["officers.second"]
    page = client_of(ada).post(f"/portal/requests/{request.ref}/approve/", follow=True).content.decode()
    assert escape(refused.value.problems[0].message) in page
    assert written() == before


def test_below_the_floor_of_homes_nobody_is_asked(omar: Account, ada: Account) -> None:
    homes = story.neighbors_with_cameras(in_force().min_homes - 1)
    request = story.open_request(omar, ada)
    story.index_clip(homes[0].cameras.get(), starts_at=request.starts_at)
    assert story.ask_everyone(request) == []
    more = story.open_request(omar, ada, story.fields(case="NG-2"))
    story.neighbors_with_cameras(0)
    persons.make_camera(
        persons.make_home(persons.make_account("Tenth"), persons.OLIVES_PLACE), "Street", "street", may_be_asked=True
    )
    assert len(story.ask_everyone(more)) == 1


def test_an_owner_is_asked_so_often_in_so_many_days_and_no_more(
    omar: Account, ada: Account, clock: source.SeededSource
) -> None:
    homes = story.neighbors_with_cameras(12)
    policy = in_force()
    asked = []
    for number in range(policy.max_asks_per_owner + 1):
        request = story.open_request(omar, ada, story.fields(case=f"NG-30{number}"))
        story.index_clip(homes[0].cameras.get(), starts_at=request.starts_at)
        asked.append(len(story.ask_everyone(request)))
    assert asked == [1] * policy.max_asks_per_owner + [0]
    clock.advance(policy.asks_period + timedelta(minutes=1))
    actions.expire_due(10)
    request = story.open_request(omar, ada, story.fields(case="NG-400"))
    story.index_clip(homes[0].cameras.get(), starts_at=request.starts_at)
    assert len(story.ask_everyone(request)) == 1


def test_a_request_runs_out(omar: Account, ada: Account, clock: source.SeededSource) -> None:
    request = story.open_request(omar, ada)
    assert request.expires_at is not None and request.opened_at is not None
    assert request.expires_at - request.opened_at == in_force().expiry
    clock.advance(in_force().expiry - timedelta(seconds=1))
    assert actions.expire_due(10) == 0
    clock.advance(timedelta(seconds=2))
    assert actions.expire_due(10) == 1


def looser(name: str) -> Any:
    """A limit that would let more through."""
    kind = LIMITED.get(name)
    figure = in_force().rule(name).figure
    if kind is None or figure is None:
        return 1
    step = 1 if kind.whole else figure / 100
    return figure - step if kind.stricter == "higher" else figure + step


@pytest.mark.parametrize("name", [*LIMITED, *UNLIMITED, "incident_types"])
def test_no_agreement_loosens_a_rule(name: str, otto: Account, northgate: Any, omar: Account) -> None:
    value = ["burglary", "loitering"] if name == "incident_types" else looser(name)
    with pytest.raises(Refused) as refused:
        in_force().with_stricter({name: value})
    assert refused.value.problems[0].rule in ("agreement.looser", "agreement.unknown")
    # Not even one that was written into the database behind the act's back.
    Agreement.objects.update(stricter={name: value})
    with pytest.raises(Refused):
        policy_for(northgate)
    with pytest.raises(Refused):
        actions.check(officer=persons.officer(omar), fields=fields_of(form()))
    before = written()
    with pytest.raises(Refused):
        story.submit(omar)
    assert written() == before


def test_a_stricter_agreement_binds_its_own_agency_alone(
    client_of: ClientOf, northgate: Any, omar: Account, sam: Account
) -> None:
    Agreement.objects.filter(agency=northgate).update(stricter={"window.max": 1})
    assert [problem.rule for problem in on_page(client_of(omar), form())] == ["window.max"]
    assert on_page(client_of(sam), form()) == []
    with pytest.raises(Refused):
        story.submit(omar)
    assert story.submit(sam).state == VideoRequest.State.SUBMITTED


def test_nobody_is_asked_by_the_fan_out_of_a_request_that_was_not_opened(omar: Account) -> None:
    story.neighbors_with_cameras(12)
    request = story.submit(omar)
    matching.fan_out(request.pk)
    assert not Ask.objects.exists()
