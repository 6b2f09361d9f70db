"""The room of the feed: who may read, write, change; what is found around a place; what is told live."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import h3.api.basic_int as h3
import pytest

from goodfences.errors import NotFound, Refused
from goodfences.feed import access, actions, cells, events, hooks, live, queries, whom
from goodfences.feed.models import Comment, FeedEvent, Follow, Post, Word
from goodfences.people.models import Account, Household
from goodfences.source import SeededSource
from tests.persons import cell, make_account, make_home

pytestmark = pytest.mark.django_db

FAR = (60.80, 24.9384)
EIGHT_KM = (60.2420, 24.9450)


def write(account: Account, title: str = "Bike taken", **fields: Any) -> Post:
    given = {"kind": "crime", "text": "From the yard", "language": "en", **fields}
    return actions.write_post(account=account, title=title, **given)


def titles(shown: list[queries.Shown]) -> list[str]:
    return [one.post.title for one in shown]


class TestPlace:
    @pytest.mark.parametrize("density", [60, 700, 2500])
    def test_a_cell_and_what_its_size_tells_hold_enough_homes(self, density: int, settings: Any) -> None:
        settings.HOMES_PER_KM2 = density
        for number in range(40):
            home = h3.latlng_to_cell(-50 + number * 2.7, number * 8.9 - 178, 11)
            found = cells.coarse(home)
            assert h3.cell_area(found, unit="km^2") * density >= 500
            assert h3.cell_to_parent(home, h3.get_resolution(found)) == found
            inside = [cells.coarse(each) for each in h3.cell_to_children(found, h3.get_resolution(found) + 1)]
            assert set(inside) == {found}, "Every home of the cell gives the cell: its size tells no part of it."

    def test_a_post_keeps_its_authors_coarse_cell_alone(self, olive: Account, olives_home: Household) -> None:
        assert write(olive).cell == cells.coarse(olives_home.cell)

    def test_it_may_be_about_another_place_nearby(self, olive: Account) -> None:
        assert write(olive, place=cell(EIGHT_KM)).cell == cells.coarse(cell(EIGHT_KM))
        with pytest.raises(Refused, match="far from your home"):
            write(olive, place=cell(FAR))

    def test_distance_is_between_coarse_cells(self, olive: Account, nadia: Account, settings: Any) -> None:
        settings.HOMES_PER_KM2 = 2500
        write(olive)
        (shown,) = queries.near(nadia)
        before = shown.distance_km
        moved = h3.cell_to_children(access.place_of(nadia), 11)
        for home in (moved[0], moved[100], moved[-1]):
            Household.objects.filter(members=nadia).update(cell=home)
            assert queries.near(nadia)[0].distance_km == before


class TestReading:
    def test_neighbors_see_it_and_others_do_not(self, olive: Account, nadia: Account, omar: Account) -> None:
        post, far = write(olive), make_account("Fay")
        make_home(far, FAR)
        assert access.post(nadia, post.ref) == post
        for nobody in (far, omar, make_account("Newcomer")):
            with pytest.raises(NotFound):
                access.post(nobody, post.ref)
        assert queries.near(far, radius_km=25) == []

    @pytest.mark.parametrize("standing", ["held", "removed"])
    def test_what_is_not_published_is_its_authors_alone(self, olive: Account, nadia: Account, standing: str) -> None:
        post = write(olive)
        Post.objects.update(standing=standing)
        assert access.post(olive, post.ref).standing == standing
        assert queries.near(nadia) == [] and queries.search(nadia, "bike") == []
        with pytest.raises(NotFound):
            access.post(nadia, post.ref)

    def test_whom_one_is_not_shown_leaves_lists_pages_and_threads(
        self, olive: Account, nadia: Account, stranger: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        post, other = write(olive), write(stranger, "Tree down", kind="hazard")
        actions.write_comment(account=olive, ref=other.ref, text="Seen it", language="en")
        monkeypatch.setattr(whom, "_unseen", [lambda reader: {olive.pk} if reader == nadia else set()])
        assert titles(queries.near(nadia)) == ["Tree down"]
        assert queries.search(nadia, "bike") == [] and queries.comments(nadia, other) == []
        assert queries.near(nadia)[0].comments == 0
        with pytest.raises(NotFound):
            access.post(nadia, post.ref)
        assert len(queries.near(stranger)) == 2

    @pytest.mark.parametrize("radius", [5, 25])
    @pytest.mark.parametrize("nearest", [False, True])
    def test_pages_go_on_without_gaps_or_doubles(
        self, olive: Account, nadia: Account, clock: SeededSource, radius: int, nearest: bool
    ) -> None:
        for number in range(7):
            # Two of them at the same moment, two of them elsewhere.
            clock.advance(timedelta(minutes=number % 3))
            write(olive, f"{number}", place=cell((60.185, 24.95)) if number in (2, 5) else None)
        whole = queries.near(nadia, radius_km=radius, nearest_first=nearest)
        assert len(whole) == 7
        paged: list[queries.Shown] = []
        before = None
        while some := queries.near(nadia, radius_km=radius, nearest_first=nearest, before=before, limit=2):
            paged += some
            before = queries.place_in_list(some[-1])
        assert titles(paged) == titles(whole)
        keys = [(one.distance_km if nearest else 0, -one.post.told_at.timestamp()) for one in whole]
        assert keys == sorted(keys)

    def test_kinds_and_radius_leave_out_others(self, olive: Account, nadia: Account) -> None:
        write(olive), write(olive, "Tree down", kind="hazard"), write(olive, "Far", place=cell(EIGHT_KM))
        assert titles(queries.near(nadia, kinds=["hazard"])) == ["Tree down"]
        assert titles(queries.near(nadia, kinds=["hazard"], radius_km=25)) == ["Tree down"]
        assert "Far" not in titles(queries.near(nadia)) and "Far" in titles(queries.near(nadia, radius_km=10))

    def test_search_finds_words_alike_in_number_case_and_accent(self, olive: Account, nadia: Account) -> None:
        write(olive, "Two red BIKES taken"), write(olive, "Café bike rack", kind="question")
        assert titles(queries.search(nadia, "bike")) == ["Café bike rack", "Two red BIKES taken"]
        assert titles(queries.search(nadia, "cafes bike")) == ["Café bike rack"]
        assert titles(queries.search(nadia, "bike", kinds=["crime"])) == ["Two red BIKES taken"]
        assert queries.search(nadia, "red rack") == queries.search(nadia, " ") == []
        first = queries.search(nadia, "bike", limit=1)
        assert titles(queries.search(nadia, "bike", before=first[0].post.ref)) == ["Two red BIKES taken"]


class TestWriting:
    def test_what_is_sent_twice_is_one_post(self, olive: Account) -> None:
        assert write(olive, once="a") == write(olive, once="a") != write(olive, once="b")

    @pytest.mark.parametrize(
        ("field", "value"),
        [("title", " "), ("title", "x" * 121), ("text", "y" * 4001), ("kind", "gossip"), ("text", "a\u202eb")],
    )
    def test_a_form_that_is_wrong_is_refused(self, olive: Account, field: str, value: str) -> None:
        with pytest.raises(Refused) as refused:
            write(olive, **{field: value})
        assert [problem.field for problem in refused.value.problems] == [field]
        assert not Post.objects.exists()

    def test_an_edit_keeps_what_was_said_and_search_follows(self, olive: Account, nadia: Account) -> None:
        post = write(olive)
        with pytest.raises(NotFound):
            actions.edit_post(account=nadia, ref=post.ref, kind="crime", title="Mine", text="")
        actions.edit_post(account=olive, ref=post.ref, kind="lost_found", title="Scooter gone", text="")
        assert [before.title for before in queries.versions(post)] == ["Bike taken"]
        assert queries.search(nadia, "bike") == [] and titles(queries.search(nadia, "scooter")) == ["Scooter gone"]
        actions.edit_post(account=olive, ref=post.ref, kind="lost_found", title="Scooter gone", text="")
        assert len(queries.versions(post)) == 1, "Saying the same again is no edit."

    def test_a_resolution_is_on_top_again(self, olive: Account, nadia: Account, clock: SeededSource) -> None:
        post = write(olive)
        clock.advance(timedelta(hours=1))
        write(olive, "Tree down")
        clock.advance(timedelta(hours=1))
        with pytest.raises(NotFound):
            actions.resolve_post(account=nadia, ref=post.ref, outcome="found")
        actions.resolve_post(account=olive, ref=post.ref, outcome="found")
        assert titles(queries.near(nadia)) == ["Bike taken", "Tree down"]
        clock.advance(timedelta(hours=1))
        again = actions.resolve_post(account=olive, ref=post.ref, outcome="found behind the shed")
        assert again.told_at < again.resolved_at, "Saying it better is no reason to be on top again."  # type: ignore[operator]
        assert actions.reopen_post(account=olive, ref=post.ref).outcome == ""

    def test_deleted_is_gone_at_once_and_can_be_taken_back(
        self, olive: Account, nadia: Account, clock: SeededSource
    ) -> None:
        post = write(olive)
        actions.delete_post(account=olive, ref=post.ref)
        assert queries.near(nadia) == []
        actions.undelete_post(account=olive, ref=post.ref)
        assert len(queries.near(nadia)) == 1
        actions.delete_post(account=olive, ref=post.ref)
        clock.advance(actions.UNDO)
        with pytest.raises(NotFound):
            actions.undelete_post(account=olive, ref=post.ref)
        assert actions.end_due(10) == 1
        assert not Post.objects.exists() and not Word.objects.exists()

    def test_who_may_not_write_is_told_so(self, olive: Account, monkeypatch: pytest.MonkeyPatch) -> None:
        def no(_account: Account, what: str, _post: Post | None) -> None:
            raise NotFound(what)

        post = write(olive)
        monkeypatch.setattr(whom, "_before_writing", [no])
        with pytest.raises(NotFound, match="post"):
            write(olive)
        with pytest.raises(NotFound, match="comment"):
            actions.write_comment(account=olive, ref=post.ref, text="x", language="en")

    def test_a_removed_post_stays_as_it_is(self, olive: Account) -> None:
        post = write(olive)
        Post.objects.update(standing="removed")
        for act, given in (
            (actions.edit_post, {"kind": "crime", "title": "Other", "text": ""}),
            (actions.resolve_post, {"outcome": "found"}),
            (actions.reopen_post, {}),
        ):
            with pytest.raises(Refused, match="appeal"):
                act(account=olive, ref=post.ref, **given)  # type: ignore[operator]


class TestComments:
    def test_each_neighbor_of_a_thread_has_one_voice(self, olive: Account, nadia: Account, stranger: Account) -> None:
        post = write(olive)
        for writer in (nadia, olive, stranger, nadia):
            actions.write_comment(account=writer, ref=post.ref, text="Hm", language="en")
        assert [one.voice for one in queries.comments(olive, post)] == [1, 0, 2, 1]
        assert queries.near(nadia)[0].comments == 4

    def test_it_is_edited_deleted_and_taken_back_by_its_writer_alone(
        self, olive: Account, nadia: Account, clock: SeededSource
    ) -> None:
        post = write(olive)
        said = actions.write_comment(account=nadia, ref=post.ref, text="Hm", language="en", once="k")
        assert actions.write_comment(account=nadia, ref=post.ref, text="Hm", language="en", once="k") == said
        for act, given in ((actions.edit_comment, {"text": "No"}), (actions.delete_comment, {})):
            with pytest.raises(NotFound):
                act(account=olive, ref=said.ref, **given)  # type: ignore[operator]
        assert actions.edit_comment(account=nadia, ref=said.ref, text="Ah").text == "Ah"
        assert [before.text for before in said.versions.all()] == ["Hm"]
        actions.delete_comment(account=nadia, ref=said.ref)
        assert queries.comments(olive, post) == []
        actions.undelete_comment(account=nadia, ref=said.ref)
        assert len(queries.comments(olive, post)) == 1
        actions.delete_comment(account=nadia, ref=said.ref)
        clock.advance(actions.UNDO)
        assert actions.end_due(10) == 1 and not Comment.objects.exists()

    def test_comments_go_on_behind_the_last_one(self, olive: Account) -> None:
        post = write(olive)
        for number in range(5):
            actions.write_comment(account=olive, ref=post.ref, text=str(number), language="en")
        first = queries.comments(olive, post, limit=2)
        assert [one.text for one in queries.comments(olive, post, after=first[-1].ref)] == ["2", "3", "4"]


class TestMarks:
    def test_thanks_follows_and_saves_are_ones_own_and_move_nothing(self, olive: Account, nadia: Account) -> None:
        post, _later = write(olive), write(olive, "Tree down")
        for act in (actions.thank, actions.follow, actions.save):
            act(account=nadia, ref=post.ref)
            act(account=nadia, ref=post.ref)
        assert queries.marks(nadia, post) == queries.Marks(True, True, True)
        assert queries.thanks_for(post) == 1 and titles(queries.saved(nadia)) == ["Bike taken"]
        assert titles(queries.near(nadia)) == ["Tree down", "Bike taken"]
        actions.thank(account=olive, ref=post.ref)
        assert queries.thanks_for(post) == 1, "Nobody thanks themselves."
        actions.save(account=nadia, ref=post.ref, on=False)
        assert queries.saved(nadia) == []

    def test_an_author_follows_their_post(self, olive: Account) -> None:
        post = write(olive)
        assert Follow.objects.filter(post=post, account=olive).exists()


class TestEvents:
    @pytest.fixture
    def told(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        heard: list[str] = []
        monkeypatch.setattr(hooks, "_on_told", [lambda _post, _comment, what: heard.append(what)])
        return heard

    def test_each_change_that_others_see_is_told_once_in_order(self, olive: Account, told: list[str]) -> None:
        post = write(olive)
        said = actions.write_comment(account=olive, ref=post.ref, text="Hm", language="en")
        actions.edit_comment(account=olive, ref=said.ref, text="Ah")
        actions.delete_comment(account=olive, ref=said.ref)
        actions.edit_post(account=olive, ref=post.ref, kind="crime", title="Bike", text="")
        actions.resolve_post(account=olive, ref=post.ref, outcome="found")
        actions.reopen_post(account=olive, ref=post.ref)
        actions.delete_post(account=olive, ref=post.ref)
        happened = ["post", "comment", "comment_changed", "comment_gone", "changed", "resolved", "reopened", "gone"]
        assert told == happened
        kept = FeedEvent.objects.order_by("number")
        assert [event.what for event in kept] == happened
        assert [event.number for event in kept] == list(range(1, 9)) and events.last_number() == 8

    def test_what_nobody_sees_is_not_told(self, olive: Account) -> None:
        post = write(olive)
        Post.objects.update(standing="held")
        FeedEvent.objects.all().delete()
        actions.edit_post(account=olive, ref=post.ref, kind="crime", title="Bike", text="")
        actions.write_comment(account=olive, ref=post.ref, text="Hm", language="en")
        actions.delete_post(account=olive, ref=post.ref)
        assert not FeedEvent.objects.exists()

    def test_a_page_is_told_what_it_missed_or_to_come_anew(
        self, olive: Account, nadia: Account, client_of: Any, clock: SeededSource
    ) -> None:
        first = write(olive)
        since = live.seal(events.last_number())
        actions.resolve_post(account=olive, ref=first.ref, outcome="found")
        write(olive, "Far", place=cell(EIGHT_KM))

        def ask(**asked: Any) -> Any:
            return client_of(nadia).get("/neighbors/since/", {"since": since, **asked}).json()

        assert [change["what"] for change in ask()["changes"]] == ["resolved"]
        assert [change["what"] for change in ask(radius=10)["changes"]] == ["resolved", "post"]
        assert [change["post"] for change in ask(radius=10, post=first.ref)["changes"]] == [first.ref]
        assert live.unseal(ask()["since"]) == 3 and not ask()["reload"]
        assert ask(since="nonsense")["reload"] and ask(since="A" * 32)["reload"]
        clock.advance(live.TOO_LONG + timedelta(seconds=1))
        assert ask()["reload"] and not ask(since=live.seal(3))["reload"]

    def test_old_events_are_forgotten(self, olive: Account, clock: SeededSource) -> None:
        write(olive)
        clock.advance(events.KEPT + timedelta(seconds=1))
        write(olive)
        assert events.forget_due(10) == 1 and FeedEvent.objects.get().number == 2


def test_a_post_stays_where_it_was_when_its_author_moves(olive: Account, nadia: Account) -> None:
    post = write(olive)
    Household.objects.filter(members=olive).update(cell=cell(FAR))
    assert queries.near(nadia)[0].post.cell == post.cell
