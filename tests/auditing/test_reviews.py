"""The worker reads what was submitted, an auditor says what came of it, and the public counts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from goodfences import source
from goodfences.agencies import log
from goodfences.agencies.models import AgencyAct
from goodfences.auditing import actions, monthly, public, queries, tasks
from goodfences.auditing.models import Flag, OwnNeighborhood
from goodfences.errors import NotFound, Refused
from goodfences.ledger import queries as ledger
from goodfences.people.models import Account
from goodfences.places import neighborhood
from goodfences.video_requests import actions as requests
from goodfences.video_requests.models.request import VideoRequest
from goodfences.video_requests.publication import publish_policy
from goodfences.web.public import words
from tests.persons import OLIVES_PLACE, cell, officer
from tests.video_requests.conftest import fields

WORDS = "The report was filed an hour before, and he was on duty."


@pytest.fixture
def submitted(omar: Account, clock: source.SeededSource) -> VideoRequest:
    """Omar asks about where he lives."""
    publish_policy()
    actions.name_neighborhood(officer=officer(omar), cell=cell(OLIVES_PLACE))
    draft = requests.save_draft(officer=officer(omar), fields=fields())
    return requests.submit(officer=officer(omar), ref=draft.ref)


@pytest.fixture
def flag(submitted: VideoRequest) -> Flag:
    assert tasks.run_due(10) == 1
    return Flag.objects.get()


def review(acting: Account, flag: Flag, finding: str = "fine", words: str = WORDS) -> Flag:
    return actions.review(officer=officer(acting), ref=flag.ref, finding=finding, words=words)


def test_a_home_is_kept_as_a_coarse_cell_and_forgotten_when_its_officer_says_so(omar: Account) -> None:
    actions.name_neighborhood(officer=officer(omar), cell=cell(OLIVES_PLACE))
    actions.name_neighborhood(officer=officer(omar), cell=cell(OLIVES_PLACE))
    named = OwnNeighborhood.objects.get()
    assert named.cell == neighborhood(cell(OLIVES_PLACE)) != cell(OLIVES_PLACE)
    actions.name_neighborhood(officer=officer(omar), cell=None)
    assert queries.named_neighborhood(officer(omar)) is None


class TestViews:
    """The agency's own log says who opened video of which request: that is all that is read."""

    def opens(self, acting: Account, request: VideoRequest) -> None:
        who = officer(acting)
        log.record(AgencyAct.Kind.VIDEO_VIEWED, agency=who.agency, officer=who, about="26-0412", ref=request.ref)

    def test_each_is_read_once_a_minute_later(
        self, submitted: VideoRequest, omar: Account, clock: source.SeededSource
    ) -> None:
        tasks.run_due(10)
        self.opens(omar, submitted)
        assert tasks.run_due(10) == 0
        clock.advance(timedelta(minutes=1))
        assert tasks.run_due(10) == 1
        assert tasks.run_due(10) == 0

    def test_what_was_opened_at_one_moment_is_read_together(
        self, submitted: VideoRequest, omar: Account, clock: source.SeededSource
    ) -> None:
        tasks.run_due(10)
        for _ in range(3):
            self.opens(omar, submitted)
        clock.advance(timedelta(hours=1))
        assert tasks.run_due(2) == 3

    def test_an_officer_who_opens_it_day_after_day_is_pointed_at_once(
        self, submitted: VideoRequest, omar: Account, ada: Account, audrey: Account, clock: source.SeededSource
    ) -> None:
        for _ in range(6):
            self.opens(omar, submitted)
            clock.advance(timedelta(days=1))
            tasks.run_due(20)
        for _ in range(5):
            self.opens(ada, submitted)
            clock.advance(timedelta(days=1))
        tasks.run_due(20)
        found = Flag.objects.filter(detector="viewed_again").order_by("pk")
        assert [one.officer for one in found] == [officer(omar), officer(ada)]
        assert found[0].words == "The officer opened video of this request on 5 different days within 30 days."
        assert review(audrey, found[1]).finding == "fine"
        assert public.reviews_of("northgate-police").all == 3

    def test_so_is_one_who_comes_late_and_had_nothing_to_do_with_it(
        self, submitted: VideoRequest, omar: Account, ada: Account, aggie: Account, clock: source.SeededSource
    ) -> None:
        requests.approve(officer=officer(ada), ref=submitted.ref)
        requests.withdraw(officer=officer(omar), ref=submitted.ref)
        clock.advance(timedelta(days=31))
        for one in (omar, ada, aggie):
            self.opens(one, submitted)
        clock.advance(timedelta(minutes=2))
        tasks.run_due(20)
        assert [one.officer for one in Flag.objects.filter(detector="viewed_late")] == [officer(aggie)]


def test_each_request_is_read_once_and_again_once_it_is_submitted_anew(
    flag: Flag, submitted: VideoRequest, omar: Account, clock: source.SeededSource
) -> None:
    assert (flag.detector, flag.officer, flag.case_number) == ("own_neighborhood", officer(omar), "26-0412")
    assert tasks.run_due(10) == 0
    requests.take_back(officer=officer(omar), ref=submitted.ref)
    assert tasks.run_due(10) == 0
    clock.advance(timedelta(minutes=5))
    requests.submit(officer=officer(omar), ref=submitted.ref)
    assert tasks.run_due(10) == 1
    assert Flag.objects.count() == 1


def test_taking_a_request_back_and_erasing_its_draft_leaves_the_flag(
    flag: Flag, submitted: VideoRequest, omar: Account, audrey: Account, clock: source.SeededSource
) -> None:
    requests.take_back(officer=officer(omar), ref=submitted.ref)
    requests.discard_draft(officer=officer(omar), ref=submitted.ref)
    clock.advance(timedelta(days=1))
    assert requests.clear_discarded(10) == 1
    assert queries.flag(officer(audrey), flag.ref).case_number == "26-0412"


def test_an_auditor_says_once_in_words_what_came_of_it(flag: Flag, audrey: Account) -> None:
    reviewed = review(audrey, flag, "not_fine")
    assert (reviewed.finding, reviewed.reviewed_by) == ("not_fine", officer(audrey))
    assert AgencyAct.objects.filter(kind="flag.reviewed", officer=officer(audrey)).count() == 1
    with pytest.raises(Refused):
        review(audrey, flag)
    assert public.reviews_of("northgate-police") == public.Reviews(fine=0, not_fine=1, waiting=0)


@pytest.mark.parametrize(("finding", "words"), [("perfect", WORDS), ("fine", "Fine."), ("fine", "x" * 501)])
def test_a_finding_needs_its_words(flag: Flag, audrey: Account, finding: str, words: str) -> None:
    with pytest.raises(Refused):
        review(audrey, flag, finding, words)
    assert public.reviews_of("northgate-police") == public.Reviews(fine=0, not_fine=0, waiting=1)


def test_nobody_but_the_agencys_auditor_reviews(
    flag: Flag, omar: Account, ada: Account, aggie: Account, sam: Account
) -> None:
    for other in (omar, ada, aggie, sam):
        with pytest.raises(NotFound):
            review(other, flag)
    assert queries.flag(officer(aggie), flag.ref) == flag
    for stranger in (omar, ada, sam):
        with pytest.raises(NotFound):
            queries.flag(officer(stranger), flag.ref)
    assert public.reviews_of("harbor-sheriff").all == 0


def test_an_auditor_doesnt_review_what_they_asked_themselves(flag: Flag, audrey: Account) -> None:
    Flag.objects.update(officer=officer(audrey))
    with pytest.raises(Refused):
        review(audrey, flag)


def test_where_an_officer_who_left_lives_is_forgotten(submitted: VideoRequest, omar: Account) -> None:
    gone = officer(omar)
    type(gone).objects.filter(pk=gone.pk).update(active=False)
    tasks.run_due(10)
    assert not OwnNeighborhood.objects.exists()


def test_a_months_counts_go_into_the_ledger_once_it_is_over(
    flag: Flag, audrey: Account, clock: source.SeededSource
) -> None:
    begun = clock.now()
    assert monthly.publish_due() == 0, "The month isn't over."
    clock.advance(timedelta(days=31))
    assert tasks.run_due(10) == 1
    assert tasks.run_due(10) == 0
    review(audrey, flag, "not_fine")
    clock.advance(timedelta(days=31))
    assert tasks.run_due(10) == 1
    first, second = ledger.entries(kind="agency.reviewed")
    assert first.body is not None
    assert second.body is not None
    assert first.body == {
        "agency": "northgate-police",
        "name": "Northgate Police",
        "month": f"{begun:%Y-%m}",
        "pointed_at": 1,
        "fine": 0,
        "not_fine": 0,
        "waiting": 1,
    }
    told = {name: second.body[name] for name in ("pointed_at", "fine", "not_fine", "waiting")}
    assert told == {"pointed_at": 0, "fine": 0, "not_fine": 1, "waiting": 0}
    assert "found 0 fine and 1 not fine; waiting: 0" in words.summary(second)
