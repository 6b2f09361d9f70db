"""An owner in two windows, and an officer who downloads while the owner takes back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from goodfences.clips.models import Clip
from goodfences.errors import NotFound, Refused
from goodfences.evidence import portal, tasks
from goodfences.evidence.assemble import Package
from goodfences.evidence.models import Share, SharedVideo
from goodfences.evidence.owner import actions
from goodfences.people.models import Account
from goodfences.video_requests import asks
from goodfences.video_requests.models.ask import Ask
from tests.at_once import at_once
from tests.persons import officer

pytestmark = [pytest.mark.at_once, pytest.mark.django_db(transaction=True)]
ShareIt = Callable[..., Share]


def test_sharing_twice_is_one_share(clip: Clip, share_it: ShareIt) -> None:
    outcomes = at_once(lambda: share_it(clip), lambda: share_it(clip))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Refused", "Share"]
    assert Share.objects.count() == 1


def test_an_owner_shares_or_declines_and_never_both(clip: Clip, share_it: ShareIt, olives_ask: Ask) -> None:
    outcomes = at_once(lambda: share_it(clip), partial(asks.decline, ask_ref=olives_ask.ref))
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 1
    olives_ask.refresh_from_db()
    assert (olives_ask.state, Share.objects.count()) in (("shared", 1), ("declined", 0))


def test_two_workers_prepare_a_share_once(clip: Clip, share_it: ShareIt) -> None:
    share_it(clip)
    at_once(partial(tasks.run_due, 10), partial(tasks.run_due, 10))
    assert SharedVideo.objects.count() == 1


def test_it_is_taken_back_or_downloaded_and_never_both(ready: SharedVideo, olive: Account, omar: Account) -> None:
    taken, downloaded = at_once(
        partial(actions.withdraw, account=olive, share_ref=ready.share_ref),
        partial(portal.download, officer=officer(omar), request_ref=ready.video_request.ref),
    )
    ready.refresh_from_db()
    if isinstance(downloaded, Package):
        assert isinstance(taken, Refused) and ready.withdrawn_at is None and ready.downloaded_at
    else:
        assert isinstance(downloaded, NotFound) and isinstance(taken, Share)
        assert ready.withdrawn_at and ready.downloaded_at is None


def test_every_opening_has_its_own_place_in_the_custody_log(ready: SharedVideo, omar: Account, ada: Account) -> None:
    opened = [partial(portal.view, officer=officer(each), video_ref=ready.ref) for each in (omar, ada, omar)]
    assert not [outcome for outcome in at_once(*opened) if isinstance(outcome, Exception)]
    numbers = list(ready.custody.order_by("sequence").values_list("sequence", flat=True))
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert ready.custody.filter(kind="viewed").count() == 3
