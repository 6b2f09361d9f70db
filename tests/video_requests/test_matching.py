"""Who is asked: owners in the area with a clip in the window, each once, and never below the floor of homes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from goodfences import source
from goodfences.agencies.models import Agency, Agreement
from goodfences.cameras import actions as cameras
from goodfences.cameras.models import Camera
from goodfences.cameras.queries import homes_in, matching_cameras
from goodfences.clips.models import Clip
from goodfences.ledger import actions as ledger
from goodfences.mail import queries as mail
from goodfences.mail.models import OutboxMessage
from goodfences.people.models import Account, Household, Membership
from goodfences.video_requests import actions, asks, matching, tasks
from goodfences.video_requests.models.ask import Ask, AskingBatch, Matching
from goodfences.video_requests.models.request import VideoRequest
from tests import persons
from tests.persons import officer
from tests.video_requests.conftest import add_clip, add_homes, open_another


def asked() -> set[str]:
    return set(Ask.objects.values_list("owner__email", flat=True))


def mailed() -> set[str]:
    return set(OutboxMessage.objects.filter(template="ask").values_list("to", flat=True))


def owners(count: int, first: int = 0) -> set[str]:
    return {f"owner{number}@example.org" for number in range(first, first + count)}


def ask_before(owner: Account, times: int, request: VideoRequest) -> None:
    """Earlier asks of `owner` about other requests of the same agency."""
    for _ in range(times):
        earlier = VideoRequest.objects.create(
            agency=request.agency,
            requester=request.requester,
            starts_at=request.starts_at,
            ends_at=request.ends_at,
            time_zone="UTC",
        )
        Ask.objects.create(video_request=earlier, owner=owner, household=owner.households.get())


def hold(home: Household, starts_at: datetime, ends_at: datetime) -> None:
    device = persons.make_device(home, "Shelf", f"token of {home.pk}")
    camera = Camera.objects.get(household=home)
    cameras.replace_held(device=device, held={camera: [(starts_at, ends_at)]})


def test_each_owner_with_a_clip_in_the_window_is_asked_and_written_to_once(opened: VideoRequest) -> None:
    add_homes(12, opened)
    assert matching.fan_out(opened.pk) == 12
    assert asked() == mailed() == owners(12)
    assert set(Ask.objects.values_list("state", flat=True)) == {"waiting"}


def test_running_it_again_asks_nobody_again(opened: VideoRequest) -> None:
    add_homes(12, opened)
    matching.fan_out(opened.pk)
    assert matching.fan_out(opened.pk) == 0
    Matching.objects.all().delete()  # as if the progress had been lost
    matching.fan_out(opened.pk)
    assert Ask.objects.count() == OutboxMessage.objects.filter(template="ask").count() == 12


@pytest.mark.parametrize("batch", [1, 5, 6, 12, 13])
def test_the_size_of_a_batch_changes_nothing(opened: VideoRequest, batch: int) -> None:
    add_homes(12, opened)
    assert matching.fan_out(opened.pk, batch=batch) == 12
    assert asked() == mailed() == owners(12)


def test_nobody_is_asked_before_the_entry_is_signed(unsigned: VideoRequest) -> None:
    add_homes(12, unsigned)
    assert matching.fan_out(unsigned.pk) == 0
    assert not Matching.objects.exists()
    ledger.sign_checkpoint()
    assert matching.fan_out(unsigned.pk) == 12


def test_below_the_floor_of_homes_nobody_is_ever_asked(opened: VideoRequest) -> None:
    add_homes(9, opened)
    assert matching.fan_out(opened.pk) == 0
    progress = Matching.objects.get()
    assert (progress.below_floor, progress.finished_at is not None) == (True, True)
    add_homes(5, opened, first=9)
    assert matching.fan_out(opened.pk) == 0
    assert asked() == mailed() == set()


def test_homes_without_a_clip_count_for_the_floor_and_arent_asked(opened: VideoRequest) -> None:
    add_homes(9)
    add_homes(1, opened, first=9)
    assert matching.fan_out(opened.pk) == 1
    assert asked() == {"owner9@example.org"}


def test_homes_whose_hub_still_holds_the_time_are_asked(opened: VideoRequest) -> None:
    homes = add_homes(12)
    begins, ends = opened.starts_at, opened.ends_at
    hold(homes[0], begins - timedelta(hours=1), ends + timedelta(hours=1))
    hold(homes[1], begins - timedelta(hours=1), begins + timedelta(seconds=1))
    hold(homes[2], begins - timedelta(hours=2), begins)
    hold(homes[3], ends, ends + timedelta(hours=2))
    matching.fan_out(opened.pk)
    assert asked() == owners(2)


def test_many_cameras_of_one_home_are_one_home(opened: VideoRequest) -> None:
    home = add_homes(1, opened)[0]
    for number in range(15):
        camera = Camera.objects.create(
            household=home, name=str(number), looks_at="yard", cell=home.cell, may_be_asked=True
        )
        add_clip(camera, opened)
    assert matching.fan_out(opened.pk) == 0
    assert not homes_in(opened.ranges, at_least=2)


def test_an_agreements_higher_floor_holds(opened: VideoRequest, northgate: Agency) -> None:
    Agreement.objects.filter(agency=northgate).update(stricter={"homes.min": 20})
    add_homes(19, opened)
    assert matching.fan_out(opened.pk) == 0


def test_a_camera_that_may_not_be_asked_about_is_never_matched(opened: VideoRequest) -> None:
    add_homes(11, opened)
    Camera.objects.filter(household__memberships__account__email="owner3@example.org").update(may_be_asked=False)
    Camera.objects.filter(household__memberships__account__email="owner4@example.org").update(
        removed_at=source.now(), may_be_asked=False
    )
    matching.fan_out(opened.pk)
    # Nine homes are left, one below the floor.
    assert asked() == set()
    add_homes(1, opened, first=11)
    Matching.objects.all().delete()
    matching.fan_out(opened.pk)
    assert asked() == owners(12) - {"owner3@example.org", "owner4@example.org"}


def test_a_camera_outside_the_area_isnt_matched(opened: VideoRequest) -> None:
    add_homes(11, opened)
    far = Household.objects.get(memberships__account__email="owner0@example.org")
    Camera.objects.filter(household=far).update(cell=opened.ranges[-1][1] + 1_000_000)
    matching.fan_out(opened.pk)
    assert asked() == owners(10, first=1)


@pytest.mark.parametrize(
    "changes",
    [
        {"state": Clip.State.EXPIRED},
        {"state": Clip.State.ANNOUNCED},
        {"state": Clip.State.DELETED},
        {"checked_at": None},
        {"after": timedelta(hours=-2)},
        {"after": timedelta(hours=3)},
    ],
)
def test_a_clip_that_is_gone_unchecked_or_outside_the_window_makes_no_ask(
    opened: VideoRequest, changes: dict[str, object]
) -> None:
    add_homes(10)
    for camera in Camera.objects.all():
        add_clip(camera, opened, **changes)  # type: ignore[arg-type]
    assert matching.fan_out(opened.pk) == 0
    assert not Matching.objects.get().below_floor


def test_a_clip_that_reaches_into_the_window_counts(opened: VideoRequest) -> None:
    add_homes(10)
    for camera in Camera.objects.all():
        add_clip(camera, opened, after=timedelta(seconds=-29))
    assert matching.fan_out(opened.pk) == 10


def test_an_owner_who_muted_the_agency_or_all_isnt_asked(
    opened: VideoRequest, northgate: Agency, harbor: Agency
) -> None:
    add_homes(12, opened)
    people = {account.email: account.pk for account in Account.objects.all()}
    asks.mute(owner_id=people["owner0@example.org"], agency_id=northgate.pk)
    asks.mute(owner_id=people["owner1@example.org"], agency_id=None)
    asks.mute(owner_id=people["owner2@example.org"], agency_id=harbor.pk)
    matching.fan_out(opened.pk)
    assert asked() == mailed() == owners(12) - owners(2)


def test_an_owner_is_asked_at_most_three_times_in_seven_days(
    opened: VideoRequest, clock: source.SeededSource
) -> None:
    add_homes(12, opened)
    often, twice, long_ago = (Account.objects.get(email=f"owner{number}@example.org") for number in range(3))
    ask_before(long_ago, 3, opened)
    Ask.objects.update(created_at=clock.now() - timedelta(days=7))
    ask_before(often, 3, opened)
    ask_before(twice, 2, opened)
    matching.fan_out(opened.pk)
    assert not Ask.objects.filter(video_request=opened, owner=often).exists()
    assert Ask.objects.filter(video_request=opened).count() == 11


def test_a_closed_account_isnt_asked(opened: VideoRequest) -> None:
    add_homes(12, opened)
    Account.objects.filter(email="owner5@example.org").update(is_active=False)
    matching.fan_out(opened.pk)
    assert asked() == owners(12) - {"owner5@example.org"}


def test_an_account_closed_between_reading_and_asking_isnt_asked(opened: VideoRequest) -> None:
    add_homes(12, opened)
    policy = matching.policy_for(opened.agency)
    batch = cut(opened)
    found = matching._find(opened, batch)
    Account.objects.filter(email="owner5@example.org").update(is_active=False)
    matching._ask(opened, batch, found, policy)
    assert asked() == owners(12) - {"owner5@example.org"}


def test_members_of_a_household_arent_asked(opened: VideoRequest, hugo: Account, street_camera: Camera) -> None:
    add_homes(9, opened)
    add_clip(street_camera, opened)
    matching.fan_out(opened.pk)
    assert asked() == owners(9) | {"olive@example.org"}


def test_a_closed_request_asks_nobody(opened: VideoRequest, omar: Account) -> None:
    add_homes(12, opened)
    actions.close(officer=officer(omar), ref=opened.ref)
    assert matching.fan_out(opened.pk) == 0


def test_a_request_of_a_suspended_agency_asks_nobody(opened: VideoRequest, northgate: Agency) -> None:
    add_homes(12, opened)
    Agency.objects.filter(pk=northgate.pk).update(suspended_at=source.now())
    assert matching.fan_out(opened.pk) == 0


def cut(request: VideoRequest, batch: int = 200) -> AskingBatch:
    """The first batch of a request, taken."""
    first = matching._cut(request, matching.policy_for(request.agency), batch)
    assert first is not None
    return first


def test_of_two_workers_the_later_one_cuts_nothing(opened: VideoRequest) -> None:
    add_homes(12, opened)
    cut(opened, 5)
    assert matching._cut(opened, matching.policy_for(opened.agency), 5) is None
    assert list(AskingBatch.objects.order_by("after").values_list("taken_by", flat=True))[1:] == ["", ""]


def test_a_batch_is_asked_once_by_whoever_has_it(opened: VideoRequest, clock: source.SeededSource) -> None:
    add_homes(12, opened)
    policy = matching.policy_for(opened.agency)
    slow = cut(opened, 5)
    assert matching.fan_out(opened.pk) == 7, "the others don't wait for the slow one"
    assert Matching.objects.get().finished_at is None
    found = matching._find(opened, slow)
    clock.advance(matching.TAKEN_FOR)
    again = matching._take(opened)
    assert again == slow and again.taken_by != slow.taken_by
    assert matching._ask(opened, slow, found, policy) == 0, "it was taken for dead"
    assert matching._ask(opened, again, found, policy) == 5
    assert matching._ask(opened, again, found, policy) == 0
    assert matching.fan_out(opened.pk) == 0 and Matching.objects.get().finished_at
    assert asked() == mailed() == owners(12)


def test_what_a_killed_worker_took_is_asked_a_minute_later(opened: VideoRequest, clock: source.SeededSource) -> None:
    add_homes(12, opened)
    cut(opened, 5)
    assert matching.fan_out(opened.pk) == 7
    clock.advance(matching.TAKEN_FOR)
    assert matching.fan_out(opened.pk) == 5
    assert asked() == mailed() == owners(12)


def test_what_one_took_whose_clock_was_ahead_is_asked_once_the_clock_is_right(
    opened: VideoRequest, clock: source.SeededSource
) -> None:
    add_homes(12, opened)
    clock.advance(timedelta(hours=2))
    cut(opened, 5)
    clock.advance(timedelta(hours=-2))
    assert matching.fan_out(opened.pk) == 12
    assert asked() == mailed() == owners(12)


def test_homes_that_came_after_the_cut_are_asked_with_the_last_batch(opened: VideoRequest) -> None:
    add_homes(12, opened)
    matching.step(opened.pk, batch=5)
    add_homes(2, opened, first=12)
    matching.fan_out(opened.pk)
    assert asked() == owners(14)


def test_a_request_closed_between_reading_and_asking_asks_nobody(opened: VideoRequest, omar: Account) -> None:
    add_homes(12, opened)
    batch = cut(opened)
    found = matching._find(opened, batch)
    actions.close(officer=officer(omar), ref=opened.ref)
    assert matching._ask(opened, batch, found, matching.policy_for(opened.agency)) == 0
    assert asked() == set()


def test_one_closed_before_the_cut_is_never_cut(opened: VideoRequest, omar: Account) -> None:
    add_homes(12, opened)
    actions.close(officer=officer(omar), ref=opened.ref)
    assert matching._cut(opened, matching.policy_for(opened.agency), 5) is None
    assert not AskingBatch.objects.exists()


def test_an_owner_who_moved_between_two_batches_is_asked_once(opened: VideoRequest) -> None:
    homes = add_homes(12, opened)
    matching.step(opened.pk, batch=6)
    mover = Membership.objects.get(household=homes[0], role="owner")
    Membership.objects.get(household=homes[11], role="owner").delete()
    mover.household = homes[11]
    mover.save()
    matching.fan_out(opened.pk, batch=6)
    assert Ask.objects.filter(owner=mover.account).count() == 1
    assert OutboxMessage.objects.filter(to=mover.account.email).count() == 1


def test_an_email_names_the_ask_that_is_kept(opened: VideoRequest) -> None:
    add_homes(12, opened)
    matching.fan_out(opened.pk)
    refs = dict(Ask.objects.values_list("owner__email", "ref"))
    assert {row.to: row.context["ask"] for row in OutboxMessage.objects.filter(template="ask")} == refs


def test_cameras_are_found_household_by_household(opened: VideoRequest) -> None:
    homes = add_homes(5)
    first = matching_cameras(opened.ranges, through=homes[1].pk)
    assert [match.household_id for match in first] == [homes[0].pk, homes[1].pk]
    rest = matching_cameras(opened.ranges, after_household=homes[1].pk)
    assert [match.household_id for match in rest] == [home.pk for home in homes[2:]]
    assert matching_cameras([]) == []


def test_the_worker_opens_the_way_from_approval_to_mail(opened: VideoRequest) -> None:
    add_homes(12, opened)
    assert tasks.run_asking(10) == 1
    assert asked() == owners(12)
    assert tasks.run_asking(10) == 0


def test_the_worker_does_no_more_than_its_limit(opened: VideoRequest) -> None:
    add_homes(12, opened)
    assert tasks.run_asking(0) == 0
    assert asked() == set()


def test_a_request_that_fails_keeps_no_other_waiting(opened: VideoRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    add_homes(12, opened)
    real = matching.step
    monkeypatch.setattr(matching, "in_turn", lambda: [[-1], [opened.pk]])
    monkeypatch.setattr(matching, "step", lambda pk: real(pk))
    with pytest.raises(VideoRequest.DoesNotExist):
        tasks.run_asking(10)
    assert asked() == owners(12)


def test_agencies_take_turns_whatever_they_ask(opened: VideoRequest, clock: source.SeededSource) -> None:
    """Northgate has three requests open, Southgate one that came last."""
    southgate = persons.make_agency("southgate", "Southgate Police", "police")
    waiting = [opened.pk]
    for number, agency in enumerate([opened.agency, opened.agency, southgate]):
        clock.advance(timedelta(seconds=1))
        waiting.append(open_another(opened, agency, number, opened_at=source.now()).pk)
    first, second, third, souths = waiting
    add_homes(12, opened)
    assert matching.in_turn() == [[first, second, third], [souths]]
    turns = []
    for _ in range(4):
        clock.advance(timedelta(seconds=1))
        (chosen, *_), *_ = matching.in_turn()
        matching.step(chosen, batch=4)
        turns.append(chosen)
    assert turns == [first, souths, second, souths]


def test_a_request_that_is_done_with_was_a_turn_too(opened: VideoRequest, clock: source.SeededSource) -> None:
    """Northgate's requests take one batch each. Southgate's, which takes many, has every second turn all the same."""
    southgate = persons.make_agency("southgate", "Southgate Police", "police")
    southgates = open_another(opened, southgate, 0, opened_at=source.now())
    more = [open_another(opened, opened.agency, number, opened_at=source.now()) for number in (1, 2)]
    add_homes(12, opened)
    turns = []
    for _ in range(5):
        clock.advance(timedelta(seconds=1))
        (chosen, *_), *_ = matching.in_turn()
        matching.step(chosen, batch=4 if chosen == southgates.pk else 12)
        turns.append(chosen)
    assert turns == [opened.pk, southgates.pk, more[0].pk, southgates.pk, more[1].pk]


def test_a_crowd_of_agencies_that_may_not_ask_keeps_no_other_waiting(opened: VideoRequest) -> None:
    agencies = [persons.make_agency(f"town-{number}", f"Town {number} Police", "police") for number in range(3)]
    for number, agency in enumerate(agencies):
        long_ago = source.now() - timedelta(hours=1)
        open_another(opened, agency, number, opened_at=long_ago, ledger_index=None if number else 0)
    Agency.objects.filter(pk=agencies[0].pk).update(suspended_at=source.now())
    add_homes(12, opened)
    assert tasks.run_asking(1) == 1
    assert asked() == owners(12)


def test_nobody_is_asked_while_enough_mail_waits(opened: VideoRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes out first come, first served: a crowd of one agency's asks must not stand before another's."""
    add_homes(12, opened)
    monkeypatch.setattr(mail, "ENOUGH", 1)
    tasks.run_asking(1)
    assert asked() == owners(12)
    assert mail.has_enough()
    Matching.objects.all().delete()
    Ask.objects.all().delete()
    assert tasks.run_asking(1) == 0 and not asked()
    OutboxMessage.objects.update(state="sent")
    assert tasks.run_asking(1) == 1


def test_asks_of_an_ended_request_expire_and_unsent_mail_is_dropped(opened: VideoRequest, omar: Account) -> None:
    add_homes(12, opened)
    matching.fan_out(opened.pk)
    declined, shared, looked, *_ = Ask.objects.order_by("pk")
    asks.decline(ask_ref=declined.ref)
    asks.mark_shared(ask_ref=shared.ref)
    asks.mark_opened(account=looked.owner, ask_ref=looked.ref)
    actions.close(officer=officer(omar), ref=opened.ref)
    assert tasks.run_due(10) == 1
    states = list(Ask.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["declined", "shared"] + ["expired"] * 10
    assert set(OutboxMessage.objects.filter(template="ask").values_list("state", "to")) == {("failed", "")}
    assert tasks.run_due(10) == 0


def test_clearing_up_twice_is_once(opened: VideoRequest, omar: Account) -> None:
    from goodfences.video_requests import clearing

    add_homes(12, opened)
    matching.step(opened.pk, batch=6)
    actions.close(officer=officer(omar), ref=opened.ref)
    assert clearing.clear_ended(10) == 1
    assert clearing._clear(opened.pk) == 0
    assert matching.fan_out(opened.pk) == 0
    assert Ask.objects.count() == 6 and not AskingBatch.objects.exists()


def test_the_clock_closes_and_clears_up_in_one_go(opened: VideoRequest, clock: source.SeededSource) -> None:
    add_homes(12, opened)
    matching.fan_out(opened.pk)
    clock.advance(timedelta(days=7))
    assert tasks.run_due(10) == 2
    assert set(Ask.objects.values_list("state", flat=True)) == {"expired"}
