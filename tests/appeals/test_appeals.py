"""An officer writes a public appeal, a second one opens it, and it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from goodfences.agencies.models import Agency, AgencyAct
from goodfences.appeals import actions, portal, tasks
from goodfences.appeals.models import Appeal
from goodfences.errors import NotFound, Refused
from goodfences.feed.models import Post
from goodfences.ledger import actions as ledger
from goodfences.ledger.models import LedgerEntry
from goodfences.people.models import Account
from goodfences.places import jurisdiction
from goodfences.source import SeededSource
from goodfences.video_requests.publication import publish_policy
from tests.appeals.conftest import fields
from tests.pages import Page
from tests.persons import OLIVES_PLACE, cell, officer
from tests.places.shapes import box

ClientOf = Callable[[Account], Client]
pytestmark = pytest.mark.django_db(transaction=True)


def rules(refused: pytest.ExceptionInfo[Refused]) -> set[tuple[str, str]]:
    return {(problem.rule, problem.field) for problem in refused.value.problems}


def test_it_is_public_from_the_moment_that_a_second_officer_opens_it(
    client: Client, waiting: Appeal, omar: Account, ada: Account
) -> None:
    path = f"/appeals/{waiting.ref}/"
    assert client.get(path).status_code == 404
    with pytest.raises(NotFound):
        actions.approve(officer=officer(omar), ref=waiting.ref)
    actions.approve(officer=officer(ada), ref=waiting.ref)
    entry = LedgerEntry.objects.get(kind="appeal.opened")
    assert entry.body["approved_by"] == officer(ada).shown_as
    assert waiting.case_number not in str(entry.body)
    assert "Van at the market" in Page(client.get("/appeals/")).text
    ledger.sign_checkpoint()
    assert f"{path}hand-in/" in Page(client.get(path)).addresses
    assert "Van at the market" in client.get("/appeals/feed.atom").content.decode()
    assert f"/appeals/{waiting.ref}/" in Page(client.get(f"/record/ledger/{entry.index}/")).addresses


def test_nobody_opens_their_own(waiting: Appeal, ada: Account) -> None:
    own = actions.submit(officer=officer(ada), fields=fields(case_number="26-0978"))
    with pytest.raises(Refused) as refused:
        actions.approve(officer=officer(ada), ref=own.ref)
    assert rules(refused) == {("officers.second", "approver")}


def test_the_rules_of_requests_hold_and_all_are_told_at_once(omar: Account, clock: SeededSource) -> None:
    publish_policy()
    wrong = fields(
        case_number="none",
        incident_type="protest",
        title="Van of John Smith of 12 Mill Street",
        words="Too short.",
        why_public="Because.",
        place_cells=[],
        ends_at=clock.now() + timedelta(hours=30),
    )
    with pytest.raises(Refused) as refused:
        actions.submit(officer=officer(omar), fields=wrong)
    found = rules(refused)
    assert {"case_number", "incident_type", "title", "words", "why_public", "place", "ends_at"} <= {
        f for _, f in found
    }
    assert not Appeal.objects.exists()


def test_it_is_about_a_part_of_town_that_the_agency_serves(omar: Account, clock: SeededSource) -> None:
    publish_policy()
    lat, lon = OLIVES_PLACE
    Agency.objects.update(area=jurisdiction(box(lat + 0.03, lon, 2000)))
    with pytest.raises(Refused) as refused:
        actions.submit(officer=officer(omar), fields=fields())
    assert [(problem.rule, problem.field) for problem in refused.value.problems] == [("area.jurisdiction", "place")]
    Agency.objects.update(area=jurisdiction(box(lat, lon, 6000)))
    assert actions.submit(officer=officer(omar), fields=fields()).state == "submitted"


def test_one_for_a_case_and_three_of_an_agency(waiting: Appeal, omar: Account) -> None:
    with pytest.raises(Refused) as refused:
        actions.submit(officer=officer(omar), fields=fields(case_number="26 0977"))
    assert rules(refused) == {("appeal.case", "case_number")}
    for number in ("26-1", "26-2"):
        actions.submit(officer=officer(omar), fields=fields(case_number=f"{number}000"))
    with pytest.raises(Refused) as refused:
        actions.submit(officer=officer(omar), fields=fields(case_number="26-3000"))
    assert rules(refused) == {("appeal.open", "")}


def test_a_rejection_is_public_with_its_reason(client: Client, waiting: Appeal, ada: Account) -> None:
    why = "Owners along the street can be asked, so nobody else has to read of it."
    actions.reject(officer=officer(ada), ref=waiting.ref, reason=why)
    assert LedgerEntry.objects.get(kind="appeal.rejected").body["why"] == why
    page = Page(client.get(f"/appeals/{waiting.ref}/"))
    assert why in page.text
    assert client.get(f"/appeals/{waiting.ref}/hand-in/").status_code == 302


def test_it_ends_by_itself_once(client: Client, appeal: Appeal, clock: SeededSource) -> None:
    assert appeal.expires_at is not None
    clock.advance(appeal.expires_at - clock.now() - timedelta(seconds=1))
    assert tasks.run_due(10) == 0
    clock.advance(timedelta(seconds=1))
    assert client.get(f"/appeals/{appeal.ref}/hand-in/").status_code == 302
    assert tasks.run_due(10) == 1
    assert tasks.run_due(10) == 0
    assert LedgerEntry.objects.get(kind="appeal.closed").body["ended"] == "expired"


def test_it_stands_in_the_feed_where_there_is_one(waiting: Appeal, ada: Account, settings: Any) -> None:
    settings.NEWS = "proxy"
    opened = actions.approve(officer=officer(ada), ref=waiting.ref)
    post = Post.objects.get()
    assert (post.ref, post.title) == (opened.feed_post, opened.title)
    assert f"/appeals/{opened.ref}/" in post.text


def test_another_agency_finds_nothing(waiting: Appeal, sam: Account, client_of: ClientOf) -> None:
    with pytest.raises(NotFound):
        portal.appeal(officer(sam), waiting.ref)
    assert client_of(sam).get(f"/portal/appeals/{waiting.ref}/").status_code == 404


def test_from_the_form_to_the_public_page(
    omar: Account, ada: Account, client_of: ClientOf, clock: SeededSource
) -> None:
    publish_policy()
    browser = client_of(omar)
    given = fields()
    form = next(form for form in Page(browser.get("/portal/appeals/new/")).forms if "title" in form.values)
    sent = {name: getattr(given, name) for name in ("title", "words", "why_public", "place_name", "case_number")}
    times = {"starts_at": "2026-11-24T10:00", "ends_at": "2026-11-24T12:00"}
    where = {"place": f"{cell(OLIVES_PLACE):x}", "reach": "1", "incident_type": "hit_and_run"}
    answer = form.send(browser, "Submit to a second officer", sent | times | where)
    assert "Waits for a second officer" in Page(answer).text
    made = Appeal.objects.get()
    assert len(made.place_cells) == 7
    decide = client_of(ada)
    page = Page(decide.get(f"/portal/appeals/{made.ref}/"))
    opened = next(form for form in page.forms if form.action.endswith("/approve/")).send(decide)
    assert "anybody can hand in video" in Page(opened).text
    kinds = set(AgencyAct.objects.values_list("kind", flat=True))
    assert {"appeal.submitted", "appeal.opened"} <= kinds
    made.refresh_from_db()
    assert made.state == "open"
