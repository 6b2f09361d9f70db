"""The quarter's re-check: begun, reminded and ended by the worker, and public."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from goodfences.agencies.models import Agency, Officer
from goodfences.errors import NotFound, Refused
from goodfences.ledger import queries as ledger
from goodfences.mail.models import OutboxMessage
from goodfences.officers import rechecks, tasks
from goodfences.officers.models import Recheck
from goodfences.people.models import Account
from goodfences.source import SeededSource
from tests.pages import Page
from tests.persons import make_officer, officer, signed_in

pytestmark = pytest.mark.django_db
NEW_YEAR = timedelta(days=38)
"""From the tests' noon into the next quarter."""


@pytest.fixture
def waiting(northgate: Agency, omar: Account, ada: Account, aggie: Account, clock: SeededSource) -> Recheck:
    Agency.objects.update(joined_at=clock.now())
    Officer.objects.update(created_at=clock.now())
    Officer.objects.filter(account=aggie).update(email="aggie@northgate.example")
    assert tasks.run_due(10) == 0, "it joined in this quarter"
    clock.advance(NEW_YEAR)
    assert tasks.run_due(10) == 1 and tasks.run_due(10) == 0
    return Recheck.objects.get()


def refs(*accounts: Account) -> list[str]:
    return [officer(account).ref for account in accounts]


def test_a_quarter_begins_by_the_calendar() -> None:
    assert rechecks.quarter_of(datetime(2026, 12, 31, 23, 59, tzinfo=UTC)) == (
        "2026-Q4",
        datetime(2026, 10, 1, tzinfo=UTC),
    )
    assert rechecks.quarter_of(datetime(2027, 1, 1, tzinfo=UTC))[0] == "2027-Q1"


def test_the_whole_of_it(
    waiting: Recheck, omar: Account, ada: Account, aggie: Account, clock: SeededSource, client: Client
) -> None:
    assert [mail.to for mail in OutboxMessage.objects.filter(template="officer_recheck")] == [
        "aggie@northgate.example"
    ]
    admins, theirs = signed_in(aggie), signed_in(omar)
    page = Page(admins.get("/portal/officers/recheck/"))
    assert "The re-check of 2027-Q1" in page.text and "Did nothing for two months" in page.text
    admins.post("/portal/officers/recheck/", {"officer": refs(ada, aggie)})
    clock.advance(timedelta(days=24))
    assert tasks.run_due(10) == 1 and tasks.run_due(10) == 0
    assert OutboxMessage.objects.filter(template="officer_recheck").count() == 2
    clock.advance(timedelta(days=7))
    assert tasks.run_due(10) == 1
    assert [officer(one).active for one in (omar, ada, aggie)] == [False, True, True]
    assert theirs.get("/portal/").status_code == 302
    (entry,) = ledger.entries(kind="agency.rechecked")
    assert entry.body == {"agency": "northgate-police", "quarter": "2027-Q1", "confirmed": 2, "deactivated": 1}
    public = Page(client.get(reverse("public:agency", args=["northgate-police"]))).text
    assert "Checked 1 time, last in 2027-Q1: 2 officers confirmed, 1 without access since." in public


def test_ends_with_the_last_yes(waiting: Recheck, omar: Account, ada: Account, aggie: Account) -> None:
    rechecks.confirm(acting=officer(aggie), refs=refs(omar, ada, aggie))
    waiting.refresh_from_db()
    assert (waiting.confirmed, waiting.deactivated) == (3, 0) and waiting.ended_at
    with pytest.raises(NotFound):
        rechecks.confirm(acting=officer(aggie), refs=refs(omar))
    assert tasks.run_due(10) == 0, "once a quarter"


def test_an_admin_is_confirmed_by_another_one(waiting: Recheck, northgate: Agency, aggie: Account) -> None:
    other = make_officer(northgate, "Second", Officer.Role.ADMIN, "Captain", "1002")
    with pytest.raises(Refused, match="Another admin"):
        rechecks.confirm(acting=officer(aggie), refs=refs(aggie))
    rechecks.confirm(acting=officer(other), refs=refs(aggie))


def test_without_any_answer_the_admin_goes_too(waiting: Recheck, aggie: Account, clock: SeededSource) -> None:
    clock.advance(timedelta(days=31))
    tasks.run_due(10)
    assert not Officer.objects.filter(active=True).exists()


@pytest.mark.parametrize("who", ["omar", "sam"])
def test_is_the_admins_alone(waiting: Recheck, omar: Account, who: str, request: pytest.FixtureRequest) -> None:
    account = request.getfixturevalue(who)
    with pytest.raises(NotFound):
        rechecks.confirm(acting=officer(account), refs=refs(omar))
    assert signed_in(account).get("/portal/officers/recheck/").status_code == 404


def test_of_another_agency_is_not_found(waiting: Recheck, aggie: Account, sam: Account) -> None:
    with pytest.raises(NotFound):
        rechecks.confirm(acting=officer(aggie), refs=refs(sam))
