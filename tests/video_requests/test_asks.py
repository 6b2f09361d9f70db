"""An owner's ask: opened, declined, taken back, shared, muted. No is one click, and twice is once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from goodfences import source
from goodfences.agencies.models import Agency
from goodfences.errors import NotFound, Refused
from goodfences.people.models import Account
from goodfences.video_requests import access, actions, asks, letters, queries
from goodfences.video_requests.models.ask import Ask, Mute
from goodfences.video_requests.models.request import VideoRequest
from tests.persons import officer


def state(ask: Ask) -> str:
    return Ask.objects.get(pk=ask.pk).state


def put(ask: Ask, state: str) -> None:
    Ask.objects.filter(pk=ask.pk).update(state=state)


def test_the_owner_finds_her_ask_with_all_that_it_says(olive: Account, olives_ask: Ask) -> None:
    found = access.ask(olive, olives_ask.ref)
    assert found == olives_ask
    assert found.video_request.agency.name == "Northgate Police"
    assert found.video_request.requester.shown_as == "Officer 4411"


@pytest.mark.parametrize("person", ["hugo", "nadia", "stranger", "omar", "ada", "sam", "max", "otto"])
def test_nobody_else_finds_it(person: str, olives_ask: Ask, request: pytest.FixtureRequest) -> None:
    with pytest.raises(NotFound):
        access.ask(request.getfixturevalue(person), olives_ask.ref)
    with pytest.raises(NotFound):
        asks.mark_opened(account=request.getfixturevalue(person), ask_ref=olives_ask.ref)
    assert state(olives_ask) == "sent"


def test_a_closed_account_finds_nothing(olive: Account, olives_ask: Ask) -> None:
    olive.is_active = False
    with pytest.raises(NotFound):
        access.ask(olive, olives_ask.ref)


def test_the_outbox_marks_what_it_sent(olives_ask: Ask, olive: Account, opened: VideoRequest) -> None:
    put(olives_ask, "waiting")
    asks.mark_sent([letters.once_key(opened.ref, olive.pk), letters.once_key("another", olive.pk)])
    olives_ask.refresh_from_db()
    assert (olives_ask.state, olives_ask.sent_at) == ("sent", source.now())


def test_an_owner_who_was_faster_than_the_email_stays_where_she_is(
    olives_ask: Ask, olive: Account, opened: VideoRequest
) -> None:
    put(olives_ask, "declined")
    asks.mark_sent([letters.once_key(opened.ref, olive.pk)])
    assert state(olives_ask) == "declined"


@pytest.mark.parametrize("before", ["waiting", "sent"])
def test_looking_opens_it_once(olives_ask: Ask, olive: Account, before: str, clock: source.SeededSource) -> None:
    put(olives_ask, before)
    first = asks.mark_opened(account=olive, ask_ref=olives_ask.ref)
    clock.advance(timedelta(hours=1))
    second = asks.mark_opened(account=olive, ask_ref=olives_ask.ref)
    assert (second.state, second.opened_at) == ("opened", first.opened_at)


@pytest.mark.parametrize("decided", ["shared", "declined", "expired"])
def test_looking_again_changes_no_decision(olives_ask: Ask, olive: Account, decided: str) -> None:
    put(olives_ask, decided)
    assert asks.mark_opened(account=olive, ask_ref=olives_ask.ref).state == decided


def test_looking_after_the_end_opens_nothing(olives_ask: Ask, olive: Account, omar: Account) -> None:
    actions.close(officer=officer(omar), ref=olives_ask.video_request.ref)
    assert asks.mark_opened(account=olive, ask_ref=olives_ask.ref).state == "sent"


@pytest.mark.parametrize("before", ["waiting", "sent", "opened"])
def test_declining_works_from_wherever_nothing_was_decided(olives_ask: Ask, before: str) -> None:
    put(olives_ask, before)
    declined = asks.decline(ask_ref=olives_ask.ref)
    assert (declined.state, declined.decided_at) == ("declined", source.now())


def test_declining_twice_is_once(olives_ask: Ask, clock: source.SeededSource) -> None:
    first = asks.decline(ask_ref=olives_ask.ref)
    clock.advance(timedelta(hours=1))
    assert asks.decline(ask_ref=olives_ask.ref).decided_at == first.decided_at


def test_a_shared_ask_isnt_declined_by_a_stray_click(olives_ask: Ask) -> None:
    put(olives_ask, "shared")
    with pytest.raises(Refused) as refused:
        asks.decline(ask_ref=olives_ask.ref)
    assert refused.value.problems[0].rule == "ask.shared"


@pytest.mark.parametrize("before", ["sent", "expired"])
def test_nothing_is_decided_after_the_end(olives_ask: Ask, omar: Account, before: str) -> None:
    actions.withdraw(officer=officer(omar), ref=olives_ask.video_request.ref)
    put(olives_ask, before)
    for act in (asks.decline, asks.mark_shared):
        with pytest.raises(Refused) as refused:
            act(ask_ref=olives_ask.ref)
        assert refused.value.problems[0].rule == "ask.ended"
        assert "Unless you shared video, nobody was told anything about you." in refused.value.problems[0].message
    assert state(olives_ask) == before


def test_an_expired_ask_of_an_open_request_takes_no_answer(olives_ask: Ask) -> None:
    put(olives_ask, "expired")
    with pytest.raises(Refused):
        asks.decline(ask_ref=olives_ask.ref)


def test_nothing_is_decided_after_the_last_moment(olives_ask: Ask, clock: source.SeededSource) -> None:
    clock.advance(timedelta(days=7))
    with pytest.raises(Refused):
        asks.decline(ask_ref=olives_ask.ref)


def test_a_decline_can_be_taken_back(olives_ask: Ask) -> None:
    asks.decline(ask_ref=olives_ask.ref)
    again = asks.undo_decline(ask_ref=olives_ask.ref)
    assert (again.state, again.decided_at, again.opened_at) == ("opened", None, source.now())


def test_only_a_decline_can_be_taken_back_and_only_while_the_request_is_open(olives_ask: Ask, omar: Account) -> None:
    with pytest.raises(Refused) as refused:
        asks.undo_decline(ask_ref=olives_ask.ref)
    assert refused.value.problems[0].rule == "ask.not_declined"
    asks.decline(ask_ref=olives_ask.ref)
    actions.close(officer=officer(omar), ref=olives_ask.video_request.ref)
    with pytest.raises(Refused) as refused:
        asks.undo_decline(ask_ref=olives_ask.ref)
    assert refused.value.problems[0].rule == "ask.ended"


def test_a_declined_ask_cannot_be_shared(olives_ask: Ask) -> None:
    asks.decline(ask_ref=olives_ask.ref)
    with pytest.raises(Refused) as refused:
        asks.mark_shared(ask_ref=olives_ask.ref)
    assert refused.value.problems[0].rule == "ask.declined"


def test_an_ask_is_shared_once_and_can_be_taken_back(olives_ask: Ask) -> None:
    assert asks.mark_shared(ask_ref=olives_ask.ref).state == "shared"
    with pytest.raises(Refused) as refused:
        asks.mark_shared(ask_ref=olives_ask.ref)
    assert refused.value.problems[0].rule == "ask.shared"
    assert asks.mark_unshared(ask_ref=olives_ask.ref).state == "opened"
    with pytest.raises(Refused) as refused:
        asks.mark_unshared(ask_ref=olives_ask.ref)
    assert refused.value.problems[0].rule == "ask.not_shared"


def test_a_share_taken_back_after_the_end_leaves_an_expired_ask(olives_ask: Ask, omar: Account) -> None:
    asks.mark_shared(ask_ref=olives_ask.ref)
    actions.close(officer=officer(omar), ref=olives_ask.video_request.ref)
    assert asks.mark_unshared(ask_ref=olives_ask.ref).state == "expired"


@pytest.mark.django_db
def test_an_unknown_ask_is_not_found() -> None:
    for act in (asks.decline, asks.undo_decline, asks.mark_shared, asks.mark_unshared):
        with pytest.raises(NotFound):
            act(ask_ref="nothing")


def test_an_agency_is_muted_once_and_unmuted(olive: Account, northgate: Agency, harbor: Agency) -> None:
    asks.mute(owner_id=olive.pk, agency_id=northgate.pk)
    asks.mute(owner_id=olive.pk, agency_id=northgate.pk)
    asks.mute(owner_id=olive.pk, agency_id=harbor.pk)
    assert [mute.agency for mute in queries.mutes_of(olive.pk)] == [harbor, northgate]
    assert not queries.all_muted(olive.pk)
    asks.unmute(owner_id=olive.pk, agency_id=northgate.pk)
    assert [mute.agency for mute in queries.mutes_of(olive.pk)] == [harbor]


def test_all_are_muted_once_and_unmuted_apart_from_single_ones(olive: Account, northgate: Agency) -> None:
    asks.mute(owner_id=olive.pk, agency_id=northgate.pk)
    asks.mute(owner_id=olive.pk, agency_id=None)
    asks.mute(owner_id=olive.pk, agency_id=None)
    assert queries.all_muted(olive.pk)
    asks.unmute(owner_id=olive.pk, agency_id=None)
    assert not queries.all_muted(olive.pk)
    assert Mute.objects.get().agency == northgate


def test_an_unknown_agency_cant_be_muted(olive: Account) -> None:
    with pytest.raises(NotFound):
        asks.mute(owner_id=olive.pk, agency_id=404)


def test_an_owner_sees_her_asks_and_those_that_wait(olives_ask: Ask, olive: Account, nadia: Account) -> None:
    assert list(queries.asks_of(olive.pk)) == [olives_ask]
    assert list(queries.undecided_asks(olive.pk)) == [olives_ask]
    assert list(queries.asks_of(nadia.pk)) == []
    asks.decline(ask_ref=olives_ask.ref)
    assert list(queries.undecided_asks(olive.pk)) == []
