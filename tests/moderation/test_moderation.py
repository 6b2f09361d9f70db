"""The room of moderation: reports, the queue, rulings by one and by two, appeals, the ladder, limits, blocks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goodfences import source
from goodfences.errors import NotFound, Refused
from goodfences.feed import access as feed
from goodfences.feed import actions as feeding
from goodfences.feed import portal
from goodfences.feed import queries as reading
from goodfences.feed.guarding import Stopped
from goodfences.feed.models import Comment, FeedEvent, Post
from goodfences.ledger.models import LedgerEntry
from goodfences.mail.models import OutboxMessage
from goodfences.moderation import actions, ladder, monthly, public, queries, rules, tasks
from goodfences.moderation.models import Appeal, Block, Measure, PublicRuling, Report, Review, Ruling
from goodfences.people import erasure
from goodfences.people.models import Account
from goodfences.source import SeededSource
from tests.moderation.conftest import REASONS, reported, ruled, write
from tests.persons import NADIAS_PLACE, make_account, make_home, officer

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Account], Client]
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def newcomer(name: str) -> Account:
    account = make_account(name, created_at=source.now() - DAY)
    make_home(account, NADIAS_PLACE)
    return account


def old_neighbor(name: str) -> Account:
    account = make_account(name)
    make_home(account, NADIAS_PLACE)
    return account


def mails(to: Account) -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(to=to.email, template="moderation").order_by("pk"))


class TestReporting:
    def test_one_a_person_and_thing(self, olive: Account, nadia: Account) -> None:
        post = write(olive)
        first = actions.report(account=nadia, post_ref=post.ref, rule="profile", note=" It  only says that. ")
        assert actions.report(account=nadia, post_ref=post.ref, rule="harm") == first
        assert Report.objects.get().note == "It only says that."
        assert Review.objects.get().voices == 1

    def test_what_cannot_be_read_cannot_be_reported(self, olive: Account, nadia: Account, omar: Account) -> None:
        post = write(olive)
        for nobody in (omar, make_account("Homeless")):
            with pytest.raises(NotFound):
                actions.report(account=nobody, post_ref=post.ref, rule="harm")
        with pytest.raises(Refused, match="That is yours"):
            actions.report(account=olive, post_ref=post.ref, rule="harm")
        with pytest.raises(Refused, match="which rule"):
            actions.report(account=nadia, post_ref=post.ref, rule="ugly")

    def test_the_queue_goes_by_danger_then_independent_voices_then_age(
        self, olive: Account, nadia: Account, stranger: Account, max: Account, clock: SeededSource
    ) -> None:
        old, loud, danger = write(olive, "Old"), write(olive, "Loud"), write(olive, "Danger")
        reported(old, nadia)
        clock.advance(MINUTE)
        reported(loud, nadia, stranger)
        clock.advance(MINUTE)
        reported(danger, nadia, rule="harm")
        assert [one.thing.title for one in queries.queue(max)] == ["Danger", "Loud", "Old"]
        feeding.delete_post(account=olive, ref=danger.ref)
        assert [one.thing.title for one in queries.queue(max)] == ["Loud", "Old"]

    def test_newcomers_a_household_and_who_reports_together_are_one_voice(
        self, olive: Account, hugo: Account, stranger: Account, nadia: Account
    ) -> None:
        post = write(nadia)
        reported(post, *(newcomer(f"New{number}") for number in range(4)))
        assert Review.objects.get().voices == 1, "Four accounts of yesterday are one."
        reported(post, olive, hugo)
        assert Review.objects.get().voices == 2, "Olive and Hugo live together."
        pair = [old_neighbor("Ann"), old_neighbor("Bob")]
        for number in range(2):
            reported(write(nadia, f"Earlier {number}"), *pair)
        reported(post, *pair)
        assert Review.objects.get(post=post).voices == 3, "Ann and Bob have reported the same author together."
        reported(post, stranger)
        assert Review.objects.get(post=post).voices == 4

    def test_what_was_let_stand_is_not_opened_again_for_the_same_rule(
        self, olive: Account, nadia: Account, stranger: Account, max: Account, clock: SeededSource
    ) -> None:
        post = write(olive)
        review = reported(post, nadia)
        ruled(max, review, "kept")
        clock.advance(MINUTE)
        late = actions.report(account=stranger, post_ref=post.ref, rule="profile")
        assert late.review == review and late.answered_at == source.now()
        feeding.edit_post(account=olive, ref=post.ref, kind="question", title="Now worse", text="")
        again = actions.report(account=old_neighbor("Ann"), post_ref=post.ref, rule="profile")
        assert again.review != review, "It says something else now."

    def test_how_often_is_data_and_less_for_newcomers(self, olive: Account, clock: SeededSource) -> None:
        new = newcomer("New")
        for number in range(3):
            actions.report(account=new, post_ref=write(olive, f"{number}").ref, rule="spam")
        with pytest.raises(Refused, match=r"At most 3 in 24 hours.*New accounts"):
            actions.report(account=new, post_ref=write(olive, "4").ref, rule="spam")


class TestRuling:
    def test_one_moderator_at_a_time(
        self, olive: Account, nadia: Account, max: Account, mara: Account, clock: SeededSource
    ) -> None:
        review = reported(write(olive), nadia)
        actions.claim(moderator=max, ref=review.ref)
        with pytest.raises(Refused, match="Another moderator"):
            actions.claim(moderator=mara, ref=review.ref)
        with pytest.raises(Refused, match="Claim it first"):
            actions.rule(moderator=mara, ref=review.ref, outcome="kept", rule="profile", reasons=REASONS)
        clock.advance(30 * MINUTE)
        actions.claim(moderator=mara, ref=review.ref)
        actions.release(moderator=mara, ref=review.ref)
        actions.claim(moderator=max, ref=review.ref)
        for nobody in (olive, nadia):
            with pytest.raises(NotFound):
                actions.claim(moderator=nobody, ref=review.ref)

    def test_removed_by_one_where_it_is_no_news(
        self, olive: Account, nadia: Account, max: Account, clock: SeededSource
    ) -> None:
        post = write(olive)
        ruling = ruled(max, reported(post, nadia), "removed")
        post.refresh_from_db()
        assert post.standing == "removed" and post.text == "It simply stood there for a while"
        assert feed.post(olive, post.ref) == post, "Its author keeps it."
        assert reading.near(nadia) == []
        assert FeedEvent.objects.order_by("number").last().what == "gone"
        (told,), (answered,) = mails(olive), mails(nadia)
        assert "A moderator removed your post" in told.context["lines"][0] and REASONS in str(told.context)
        assert "appeal within 14 days" in str(told.context) and "This is a warning" in str(told.context)
        assert post.title not in str(answered.context) and "isn’t told who" in str(answered.context)
        assert ruling.public is not None and ruling.public.outcome == "removed"

    def test_news_is_removed_by_two_or_stays(
        self, olive: Account, nadia: Account, max: Account, mara: Account
    ) -> None:
        post = write(olive, "Car broken into", kind="crime")
        review = reported(post, nadia, rule="untrue")
        assert ruled(max, review, "removed", "untrue").state == "proposed"
        post.refresh_from_db()
        assert post.standing == "published" and not PublicRuling.objects.exists() and not mails(olive)
        with pytest.raises(Refused, match="another moderator has to decide"):
            actions.claim(moderator=max, ref=review.ref)
        actions.claim(moderator=mara, ref=review.ref)
        ruling = actions.second(moderator=mara, ref=review.ref, agree=True)
        post.refresh_from_db()
        assert post.standing == "removed" and PublicRuling.objects.get().by_two
        assert (ruling.by, ruling.second) == (max, mara) and "Two moderators agreed" in str(mails(olive)[0].context)

    def test_the_second_one_may_see_it_otherwise(
        self, olive: Account, nadia: Account, max: Account, mara: Account
    ) -> None:
        post = write(olive, "Car broken into", kind="crime")
        review = reported(post, nadia, rule="place")
        ruled(max, review, "removed", "place")
        post.refresh_from_db()
        assert post.standing == "held", "Where somebody may be found, others don't see it meanwhile."
        actions.claim(moderator=mara, ref=review.ref)
        with pytest.raises(Refused, match="Say why"):
            actions.second(moderator=mara, ref=review.ref, agree=False, reasons="No.")
        kept = actions.second(
            moderator=mara, ref=review.ref, agree=False, reasons="The street alone leads to nobody."
        )
        post.refresh_from_db()
        assert post.standing == "published" and kept.outcome == "kept" and not Measure.objects.exists()
        assert set(Ruling.objects.values_list("state", flat=True)) == {"dropped", "in_force"}

    @pytest.mark.parametrize(
        ("reasons", "words"),
        [
            ("Too short", "20 to 1000"),
            ("It simply stood there for a while, you say, and no more.", "own words"),
            ("Ask olive@example.org why this had to go.", "No address"),
            ("It names John Miller of 14 Oak Street for no reason.", "Leave out “"),
            ("Call 555 010 0199 to hear why this had to go.", "No address"),
        ],
    )
    def test_reasons_are_public_words(
        self, olive: Account, nadia: Account, max: Account, reasons: str, words: str
    ) -> None:
        review = reported(write(olive), nadia)
        with pytest.raises(Refused, match=words):
            ruled(max, review, "removed", reasons=reasons)
        assert not Ruling.objects.exists()

    def test_its_author_is_asked_to_change_it_and_it_comes_back_to_the_queue(
        self, olive: Account, nadia: Account, max: Account, clock: SeededSource
    ) -> None:
        post = write(olive)
        ruled(max, reported(post, nadia), "edit")
        post.refresh_from_db()
        assert post.standing == "held" and tasks.run_due(10) == 0, "Nothing to look at before it was changed."
        clock.advance(MINUTE)
        feeding.edit_post(account=olive, ref=post.ref, kind="question", title="Whose ladder is it?", text="")
        assert tasks.run_due(10) == 1 and tasks.run_due(10) == 0
        review = Review.objects.get(state="open")
        assert review.why == "held"
        clock.advance(MINUTE)
        ruled(max, review, "kept", reasons="It asks about a thing, and about nobody.")
        post.refresh_from_db()
        assert post.standing == "published" and post.told_at == source.now()
        assert not Measure.objects.exists(), "To be asked is no rung."

    def test_what_a_guardrail_held_is_in_the_queue_and_seen_once_kept(
        self, olive: Account, nadia: Account, max: Account
    ) -> None:
        post = write(olive, kind="question")
        said = feeding.write_comment(account=nadia, ref=post.ref, text="Looks odd to me", language="en")
        Post.objects.update(standing="held")
        Comment.objects.update(standing="held")
        assert tasks.run_due(10) == 2
        for one in queries.queue(max):
            ruled(max, one.review, "kept", reasons="There is nothing in it against the rules.")
        assert feed.comment(olive, said.ref).is_seen and len(reading.near(nadia)) == 1
        assert "Your neighbors see it" in str(mails(olive)[0].context)

    def test_a_moderator_reads_neither_place_nor_person(self, olive: Account, nadia: Account, max: Account) -> None:
        review = reported(write(olive), nadia)
        with CaptureQueriesContext(connection) as captured:
            assert queries.looked(max, review.ref) is not None and queries.queue(max)
        said = " ".join(query["sql"] for query in captured)
        for hidden in ("household", '"cell"', "area_cell", "email", "membership"):
            assert hidden not in said, hidden


class TestAnAgencysPost:
    """It is ruled on as anybody's, by two moderators; its agency is told, sees that it did, and may ask once more."""

    @pytest.fixture
    def removed(self, ada: Account, nadia: Account, max: Account, mara: Account) -> Post:
        said = {"kind": "hazard", "title": "Ice on the bridge", "text": "Sand is on its way."}
        post = portal.write_post(officer=officer(ada), **said)
        review = reported(post, nadia)
        ruled(max, review, "removed")
        actions.claim(moderator=mara, ref=review.ref)
        actions.second(moderator=mara, ref=review.ref, agree=True)
        post.refresh_from_db()
        return post

    def test_the_agency_is_told_and_sees_that_it_was_removed_and_why(
        self, removed: Post, ada: Account, omar: Account, client_of: ClientOf
    ) -> None:
        public = PublicRuling.objects.get()
        [letter] = OutboxMessage.objects.filter(once__endswith=":agency")
        assert removed.agency is not None and letter.to == removed.agency.contact_email
        assert letter.context["look"].endswith(f"/record/rulings/{public.ref}/")
        client = client_of(omar)
        assert "Removed by a ruling" in client.get(reverse("portal:posts")).content.decode()
        page = client.get(reverse("portal:post", args=[removed.ref])).content.decode()
        assert f"/record/rulings/{public.ref}/" in page and "another look" not in page
        assert client.post(reverse("portal:reply", args=[removed.ref]), {"text": "Still here"}).status_code == 404
        client = client_of(ada)
        assert "another look" in client.get(reverse("portal:post", args=[removed.ref])).content.decode()

    def test_moderators_who_had_no_part_look_again_once_and_bring_it_back(
        self,
        removed: Post,
        ada: Account,
        omar: Account,
        max: Account,
        mara: Account,
        mo: Account,
        client_of: ClientOf,
    ) -> None:
        with pytest.raises(NotFound):
            portal.contest(officer=officer(omar), ref=removed.ref, text="It is true.")
        client = client_of(ada)
        address = reverse("portal:contest_post", args=[removed.ref])
        assert client.post(address, {"text": "There is ice on it, as anybody can see."}).status_code == 302
        assert client.post(address, {"text": "Once more."}).status_code == 422
        assert tasks.run_due(10) == 1 and tasks.run_due(10) == 0
        again = Review.objects.get(state="open")
        for barred in (max, mara):
            with pytest.raises(Refused):
                actions.claim(moderator=barred, ref=again.ref)
        looked = queries.looked(mo, again.ref)
        assert looked is not None and looked.waiting.thing.contest.startswith("There is ice")
        ruled(mo, again, "kept")
        removed.refresh_from_db()
        assert removed.is_seen and removed.ruling_ref == ""
        first = PublicRuling.objects.earliest("pk")
        assert first.appealed and first.overturned_at is not None and first.overturned_reasons == REASONS
        assert tasks.run_due(10) == 0


class TestAppealing:
    def test_another_moderator_overturns_and_it_is_back_as_loudly(
        self, olive: Account, nadia: Account, max: Account, mara: Account, clock: SeededSource
    ) -> None:
        post = write(olive)
        ruling = ruled(max, reported(post, nadia), "removed")
        clock.advance(DAY)
        write(nadia, "Tree down", kind="hazard")
        made = actions.appeal(account=olive, ref=ruling.ref, text="I told what he did: he took my bike.")
        with pytest.raises(Refused, match="can’t appeal"):
            actions.appeal(account=olive, ref=ruling.ref, text="Once more")
        with pytest.raises(Refused, match="ruled on this before"):
            actions.decide(moderator=max, ref=made.ref, overturn=True, reasons="I was right in every respect.")
        with pytest.raises(NotFound):
            actions.decide(moderator=nadia, ref=made.ref, overturn=True, reasons="I was right in every respect.")
        clock.advance(MINUTE)
        actions.decide(moderator=mara, ref=made.ref, overturn=True, reasons="It tells of an act, at length.")
        assert [one.post.title for one in reading.near(nadia)] == ["A ladder at the corner", "Tree down"]
        assert Measure.objects.get().lifted_at is not None and ladder.in_force(olive) is None
        shown = queries.rulings_on(posts=[post.pk])[post.pk]
        assert shown.overturned_at == source.now() and shown.appealed
        assert "is overturned" in str(mails(olive)[-1].context)
        with pytest.raises(Refused, match="already"):
            actions.decide(moderator=mara, ref=made.ref, overturn=False, reasons="It tells of an act, at length.")

    def test_a_reporter_whose_report_was_turned_down_gets_a_second_look_by_somebody_else(
        self, olive: Account, nadia: Account, stranger: Account, max: Account, mara: Account, mo: Account
    ) -> None:
        post = write(olive)
        ruling = ruled(max, reported(post, nadia), "kept")
        for nobody in (stranger, olive):
            with pytest.raises((NotFound, Refused)):
                actions.appeal(account=nobody, ref=ruling.ref, text="No")
        made = actions.appeal(account=nadia, ref=ruling.ref, text="It is about how he looks.")
        actions.decide(moderator=mara, ref=made.ref, overturn=True, reasons="The rule wasn’t weighed at all.")
        review = Review.objects.get(state="open")
        assert review.why == "appealed" and review.after == ruling
        with pytest.raises(Refused, match="ruled on this before"):
            actions.claim(moderator=max, ref=review.ref)
        ruled(mo, review, "removed")
        assert reading.near(nadia) == []

    def test_it_is_too_late_after_fourteen_days(
        self, olive: Account, nadia: Account, max: Account, clock: SeededSource
    ) -> None:
        ruling = ruled(max, reported(write(olive), nadia), "removed")
        clock.advance(14 * DAY)
        with pytest.raises(Refused, match="not any more"):
            actions.appeal(account=olive, ref=ruling.ref, text="Wrong")

    def test_upheld_it_stays_and_is_told(self, olive: Account, nadia: Account, max: Account, mara: Account) -> None:
        post = write(olive)
        ruling = ruled(max, reported(post, nadia), "removed")
        made = actions.appeal(account=olive, ref=ruling.ref, text="Wrong")
        actions.decide(moderator=mara, ref=made.ref, overturn=False, reasons="It says nothing of any act.")
        post.refresh_from_db()
        assert post.standing == "removed" and Appeal.objects.get().outcome == "upheld"
        assert "last word" in str(mails(olive)[-1].context) and PublicRuling.objects.get().upheld_at


class TestTheLadder:
    def test_a_rung_more_each_time_with_an_end_and_then_for_good(
        self, olive: Account, nadia: Account, max: Account, clock: SeededSource
    ) -> None:
        ends = []
        for number in range(5):
            post = write(olive, f"Post {number}")
            ruled(max, reported(post, nadia), "removed")
            measure = Measure.objects.get(rung=number)
            ends.append(None if measure.ends_at is None else measure.ends_at - measure.begins_at)
            if number:
                with pytest.raises(Refused, match=r"can’t write here.*who somebody seems"):
                    write(olive, "Another")
            clock.advance(31 * DAY)
        assert ends == [0 * DAY, DAY, 7 * DAY, 30 * DAY, None]
        other = write(nadia, "Tree")
        for act in (
            lambda: write(olive),
            lambda: feeding.write_comment(account=olive, ref=other.ref, text="x", language="en"),
            lambda: actions.report(account=olive, post_ref=other.ref, rule="spam"),
            lambda: feeding.edit_post(account=olive, ref=post.ref, kind="crime", title="x", text=""),
        ):
            with pytest.raises(Refused, match="any more"):
                act()
        assert reading.near(olive) and feed.post(olive, other.ref), "Reading stays."
        feeding.delete_post(account=olive, ref=post.ref)

    def test_what_does_not_count_and_what_is_long_ago_are_no_rung(
        self, olive: Account, nadia: Account, max: Account, clock: SeededSource
    ) -> None:
        ruled(max, reported(write(olive), nadia), "removed", "elsewhere")
        assert not Measure.objects.exists()
        ruled(max, reported(write(olive), nadia), "warned")
        clock.advance(366 * DAY)
        ruled(max, reported(write(olive), nadia), "warned")
        assert list(Measure.objects.values_list("rung", flat=True)) == [0, 0]


class TestLimits:
    def test_newcomers_post_three_times_a_day(self, db: None, clock: SeededSource) -> None:
        new = newcomer("New")
        for number in range(3):
            write(new, f"{number}")
        with pytest.raises(Refused, match="At most 3 in 24 hours"):
            write(new, "4")
        clock.advance(DAY)
        write(new, "The day after")

    def test_what_a_guardrail_stops_costs_nobody_a_post(self, db: None, clock: SeededSource) -> None:
        new = newcomer("New")
        for _ in range(4):
            with pytest.raises(Stopped):
                write(new, "A man at the corner", kind="unknown_visitor", text="He simply stood there for a while")
        for number in range(3):
            write(new, f"{number}")

    def test_a_crowd_of_newcomers_does_not_flood_the_feed(self, olive: Account, clock: SeededSource) -> None:
        for number in range(30):
            write(newcomer(f"New{number}"))
        with pytest.raises(Refused, match=r"Many new accounts.*60 minutes"):
            write(newcomer("Late"))
        write(olive, "Who has lived here for long goes on")
        clock.advance(60 * MINUTE)
        write(newcomer("Later"))

    def test_a_crowd_of_newcomers_waits_and_old_neighbors_go_on(
        self, olive: Account, nadia: Account, clock: SeededSource
    ) -> None:
        post = write(olive)
        for number in range(10):
            said = {"account": newcomer(f"New{number}"), "ref": post.ref, "language": "en"}
            feeding.write_comment(**said, text="Seen it too")
        late = newcomer("Late")
        with pytest.raises(Refused, match="Many new accounts"):
            feeding.write_comment(account=late, ref=post.ref, text="Me too", language="en")
        feeding.write_comment(account=nadia, ref=post.ref, text="Calm down", language="en")
        clock.advance(10 * MINUTE)
        feeding.write_comment(account=late, ref=post.ref, text="Me too", language="en")


class TestNotBeingShown:
    def test_a_block_hides_all_that_they_write_from_one_reader_alone(
        self, olive: Account, nadia: Account, stranger: Account
    ) -> None:
        post, other = write(olive), write(stranger, "Tree down", kind="hazard")
        feeding.write_comment(account=olive, ref=other.ref, text="I saw it", language="en")
        made = actions.block(account=nadia, post_ref=post.ref)
        assert [one.post.title for one in reading.near(nadia)] == ["Tree down"]
        assert reading.comments(nadia, other) == [] and len(reading.near(stranger)) == 2
        actions.unblock(account=nadia, ref=made.ref)
        assert len(reading.near(nadia)) == 2

    def test_a_mute_ends_by_itself(self, olive: Account, nadia: Account, clock: SeededSource) -> None:
        actions.mute(account=nadia, post_ref=write(olive).ref)
        assert reading.near(nadia) == [] and queries.unseen(nadia)
        clock.advance(30 * DAY)
        assert len(reading.near(nadia)) == 1 and queries.unseen(nadia) == []

    def test_nobody_hides_themselves_and_blocks_are_ones_own(self, olive: Account, nadia: Account) -> None:
        post = write(olive)
        with pytest.raises(NotFound):
            actions.block(account=olive, post_ref=post.ref)
        made = actions.block(account=nadia, post_ref=post.ref)
        with pytest.raises(NotFound):
            actions.unblock(account=olive, ref=made.ref)
        assert Block.objects.count() == 1


class TestInPublic:
    def test_counts_by_month_and_rule_and_in_the_ledger_once(
        self, olive: Account, nadia: Account, stranger: Account, max: Account, mara: Account, clock: SeededSource
    ) -> None:
        review = reported(write(olive), nadia, stranger)
        clock.advance(40 * MINUTE)
        ruling = ruled(max, review, "removed")
        made = actions.appeal(account=olive, ref=ruling.ref, text="Wrong")
        actions.decide(moderator=mara, ref=made.ref, overturn=True, reasons="It tells of an act, at length.")
        (count,) = public.counts()
        assert count.body() == {
            "rule": "profile", "reports": 2, "rulings": 1, "removed": 1, "warned": 0, "kept": 0,
            "appealed": 1, "overturned": 1, "median_minutes": 40,
        }  # fmt: skip
        assert monthly.publish_due() == 0, "The month isn't over."
        clock.advance(20 * DAY)
        assert monthly.publish_due() == 1 and monthly.publish_due() == 0
        entry = LedgerEntry.objects.get(kind="moderation.counts")
        assert entry.body["counts"] == [count.body()]
        assert entry.body["rules_sha256"] == rules.in_force().sha256

    def test_what_is_public_names_nobody_and_stays_when_the_author_leaves(
        self, olive: Account, nadia: Account, max: Account
    ) -> None:
        ruled(max, reported(write(olive), nadia), "removed")
        erasure.erase(account=olive)
        assert not Review.objects.exists() and not Ruling.objects.exists() and not Measure.objects.exists()
        (left,) = public.rulings()
        assert left.reasons == REASONS and public.ruling(left.ref) == left
        assert {field.name for field in PublicRuling._meta.concrete_fields if field.is_relation} == set()
