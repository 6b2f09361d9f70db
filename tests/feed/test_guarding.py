"""The door between words and neighbors: what is stopped, what waits, what goes before a reviewer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from goodfences import guardrails
from goodfences.feed import actions
from goodfences.feed.guarding import NONE, Answers, Stopped, Words, standing_of, without
from goodfences.feed.models import Comment, Post, Standing
from goodfences.people.models import Account
from goodfences.source import SeededSource

VAN = "Suspicious van parked on Holly since this morning."
QUESTION = "person.suspicion"
COOL_OFF = timedelta(minutes=guardrails.in_force().cool_off_minutes)


def words(text: str = "", title: str = "On our street", *, kind: str = "crime", before: str = "") -> Words:
    return Words(kind, "en", (("title", title), ("text", text)), before=before)


def stopped(said: Words, answers: Answers = NONE) -> Stopped:
    with pytest.raises(Stopped) as refused:
        standing_of(said, answers=answers)
    return refused.value


def test_what_breaks_no_rule_is_seen_at_once() -> None:
    assert standing_of(words("Two packages were stolen from our lobby today.")) == Standing.PUBLISHED


def test_a_stop_names_its_field_and_the_words_there() -> None:
    found = stopped(words("Call 555-201-7788.", title="Kevin Brandt broke my fence")).found
    said = {(each.field, each.stop.rule): (each.start, each.end) for each in found}
    assert said == {("title", "person.named"): (0, 12), ("text", "contact.phone"): (5, 17)}


def test_title_and_text_are_read_together() -> None:
    assert standing_of(words("He tried our patio door. Red cap, backpack.", title="Man last night")) == "published"
    assert {each.stop.rule for each in stopped(words("Walks up and down.", title="Man on Elm")).found} == {
        "person.act"
    }


def test_a_question_is_answered_after_the_cool_off_with_the_same_words(clock: SeededSource) -> None:
    asked = stopped(words(VAN))
    assert asked.minutes_left == COOL_OFF.seconds // 60
    yes = Answers(confirmed=frozenset({QUESTION}), asked=asked.asked)
    clock.advance(COOL_OFF - timedelta(seconds=90))
    again = stopped(words(VAN), yes)
    assert (again.asked, again.minutes_left) == (asked.asked, 2), "The clock goes on where it was."
    clock.advance(timedelta(seconds=91))
    assert stopped(words(VAN), Answers(asked=asked.asked)).minutes_left == 0, "Waiting is no yes."
    assert stopped(words(VAN + " And a car."), yes).minutes_left == COOL_OFF.seconds // 60, "Other words, asked anew."
    assert standing_of(words(VAN), answers=yes) == Standing.HELD


@pytest.mark.parametrize("asked", ["", "x", "eyJ4IjoxfQ:x"])
def test_no_made_up_pass_shortens_the_cool_off(asked: str) -> None:
    assert stopped(words(VAN), Answers(confirmed=frozenset({QUESTION}), asked=asked)).minutes_left > 9


def test_a_pass_is_over_after_a_day(clock: SeededSource) -> None:
    yes = Answers(confirmed=frozenset({QUESTION}), asked=stopped(words(VAN)).asked)
    clock.advance(timedelta(days=1, minutes=1))
    stopped(words(VAN), yes)


def test_whoever_appeals_is_read_by_a_reviewer_whatever_the_rule() -> None:
    said = words("Kevin Brandt broke my fence.")
    assert standing_of(said, answers=Answers(appeal=True)) == Standing.HELD
    assert standing_of(words("A tree is down."), answers=Answers(appeal=True)) == Standing.PUBLISHED


def test_an_act_that_was_chosen_but_not_understood_is_held_and_excuses_nothing_else() -> None:
    said = words("A man in a blue cap juggled the gnomes until one was in two parts.")
    assert standing_of(said, answers=Answers(act="damaged")) == Standing.HELD
    more = words("A man in a blue cap juggled the gnomes, call 555-201-7788.")
    assert {each.stop.rule for each in stopped(more, Answers(act="damaged")).found} == {"contact.phone"}


def test_what_may_be_cut_is_cut_in_its_own_field() -> None:
    said = words("It was Kevin Brandt, plate 7KDL392, a gray car.", title="Fence broken, call 555-201-7788")
    mended = without(said)
    assert mended["title"] == "Fence broken, call"
    assert "Brandt" not in mended["text"] and "7KDL" not in mended["text"]
    assert standing_of(words(mended["text"], title=mended["title"])) == Standing.PUBLISHED


@pytest.mark.django_db
def test_nothing_that_is_stopped_is_kept(olive: Account, nadia: Account) -> None:
    given: dict[str, Any] = {"account": olive, "language": "en", "kind": "crime", "title": "Theft"}
    with pytest.raises(Stopped):
        actions.write_post(**given, text="A Black man is walking on Elm.")
    assert not Post.objects.exists()
    post = actions.write_post(**given, text="Somebody took my bike from the yard.")
    for act, named in ((actions.edit_post, {"kind": "crime", "title": "Theft"}), (actions.resolve_post, {})):
        words = {"text" if named else "outcome": "It was Kevin Brandt."}
        with pytest.raises(Stopped):
            act(account=olive, ref=post.ref, **named, **words)
    with pytest.raises(Stopped):
        actions.write_comment(account=nadia, ref=post.ref, text="Let's go get him tonight.", language="en")
    assert not Comment.objects.exists()
    post.refresh_from_db()
    assert (post.text, post.outcome) == ("Somebody took my bike from the yard.", "")


@pytest.mark.django_db
def test_a_comment_goes_on_about_what_the_post_tells(olive: Account, nadia: Account) -> None:
    post = actions.write_post(
        account=olive, language="en", kind="crime", title="Theft", text="A man with a beard took my bike."
    )
    said = actions.write_comment(account=nadia, ref=post.ref, text="He had a red cap as well.", language="en")
    assert said.standing == Standing.PUBLISHED


@pytest.mark.django_db
def test_a_held_post_is_its_authors_alone_until_it_is_read(olive: Account, nadia: Account) -> None:
    from goodfences.feed import queries

    answers = Answers(appeal=True)
    post = actions.write_post(
        account=olive, language="en", kind="crime", title="Theft", text="Kevin Brandt took my bike.", answers=answers
    )
    assert post.standing == Standing.HELD
    assert queries.near(nadia) == []
