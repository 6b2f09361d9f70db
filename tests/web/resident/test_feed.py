"""The pages of the feed: what each reader sees of a post, and what becomes of a form."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from goodfences.feed import actions, queries
from goodfences.feed.models import Comment, Post
from goodfences.people.models import Account
from goodfences.source import SeededSource
from tests.persons import cell

ClientOf = Callable[[Account], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def post(olive: Account) -> Post:
    return actions.write_post(
        account=olive, kind="missing_pet", title="Milo is gone", text="Brown & shy <b>", language="en"
    )


def page(client: Client, name: str, *arguments: str, query: str = "") -> str:
    answer = client.get(reverse(f"resident:{name}", args=arguments) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def send(client: Client, name: str, *arguments: str, **data: str) -> Any:
    return client.post(reverse(f"resident:{name}", args=arguments), data)


def test_a_post_goes_from_form_to_neighbor(client_of: ClientOf, olive: Account, nadia: Account) -> None:
    client = client_of(olive)
    form = page(client, "feed_new", query="?kind=missing_pet")
    assert "Call 911 first" in form
    (once,) = re.findall(r'name="once" value="([\w-]{43})"', form)
    given = {"kind": "missing_pet", "title": "Milo is gone", "text": "Brown, shy", "once": once}
    answer = send(client, "feed_new", **given, happened_at="2026-11-24T10:00", place=str(cell((60.185, 24.95))))
    again = send(client, "feed_new", **given)
    post = Post.objects.get()
    assert answer["Location"] == again["Location"] == f"/neighbors/{post.ref}/?done=post"
    assert post.happened_at is not None
    seen = page(client_of(nadia), "feed_post", post.ref)
    assert "Milo is gone" in seen and "Brown, shy" in seen and "about" in seen
    assert "olive" not in seen.lower(), "A post has no name on it."


def test_a_form_that_is_wrong_keeps_what_was_written(client_of: ClientOf, olive: Account) -> None:
    answer = send(client_of(olive), "feed_new", kind="", title="x" * 121, text="kept as it is")
    assert answer.status_code == 422 and "kept as it is" in answer.content.decode()
    assert not Post.objects.exists()


def test_what_people_write_is_text(client_of: ClientOf, post: Post, nadia: Account) -> None:
    assert "Brown &amp; shy &lt;b&gt;" in page(client_of(nadia), "feed_post", post.ref)
    assert "Brown &amp; shy &lt;b&gt;" in page(client_of(nadia), "feed")


def test_a_link_shows_nothing_to_those_it_is_not_for(
    client: Client, client_of: ClientOf, post: Post, omar: Account, max: Account
) -> None:
    address = reverse("resident:feed_post", args=[post.ref])
    assert client.get(address)["Location"].startswith("/accounts/login/")
    for other in (omar, max):
        assert client_of(other).get(address).status_code == 404


def test_older_posts_are_a_link_further_and_new_ones_move_nothing(
    client_of: ClientOf,
    olive: Account,
    nadia: Account,
    clock: SeededSource,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(23):
        clock.advance(timedelta(minutes=1))
        actions.write_post(account=olive, kind="question", title=f"Question {number:02}", text="", language="en")
    client = client_of(nadia)
    with django_assert_max_num_queries(14):
        first = page(client, "feed")
    (older,) = re.findall(r'href="/neighbors/(\?[^"]*before=[^"#]+)#posts"', first)
    actions.write_post(account=olive, kind="question", title="Meanwhile", text="", language="en")
    second = page(client, "feed", query=older.replace("&amp;", "&"))
    titles = re.findall(r"Question \d\d", first + second)
    assert titles == [f"Question {number:02}" for number in range(22, -1, -1)]
    for nonsense in ("x", "2026-01-01T00:00:00Z~x~88", "~~"):
        assert "Question 22" in page(client, "feed", query=f"?before={nonsense}")


def test_filters_search_order_and_the_radius_that_was_chosen(
    client_of: ClientOf, post: Post, olive: Account, nadia: Account
) -> None:
    actions.write_post(account=olive, kind="hazard", title="Ice on the steps", text="", language="en")
    client = client_of(nadia)
    only = page(client, "feed", query="?kind=hazard&order=near")
    assert "Ice on" in only and "Milo" not in only
    found = page(client, "feed", query="?q=shy&radius=10")
    assert "Milo" in found and "Ice on" not in found
    assert "Nothing that matches" in page(client, "feed", query="?q=nothing")
    assert '<option value="10" selected>' in page(client, "feed"), "The radius stays as it was chosen."


def test_the_map_shows_hexagons_and_the_same_in_words(client_of: ClientOf, post: Post, nadia: Account) -> None:
    (told,) = re.findall(
        r'<script id="feed-map" type="application/json">(.*?)</script>', page(client_of(nadia), "feed_map")
    )
    data = json.loads(told)
    assert {feature["geometry"]["type"] for feature in data["features"]} == {"MultiPolygon"}
    assert [feature["properties"]["name"] for feature in data["features"]] == [
        "1 post: Milo is gone",
        "Your part of town",
    ]
    assert "Milo is gone" in page(client_of(nadia), "feed_map").split("</figure>")[1]


def test_comments_are_written_edited_deleted_and_taken_back(
    client_of: ClientOf, post: Post, nadia: Account, olive: Account
) -> None:
    client = client_of(nadia)
    assert send(client, "feed_comment", post.ref, text=" ").status_code == 422
    assert f"done=comment-{post.ref}" in send(client, "feed_comment", post.ref, text="By the mill")["Location"]
    said = Comment.objects.get()
    assert "Neighbor 1" in page(client_of(olive), "feed_post", post.ref)
    send(client, "feed_edit_comment", said.ref, text="By the old mill")
    assert "By the old mill" in page(client_of(olive), "feed_post", post.ref)
    send(client, "feed_delete_comment", said.ref)
    assert "old mill" not in page(client_of(olive), "feed_post", post.ref)
    assert "Your comment is deleted" in page(client, "feed_post", post.ref)
    send(client, "feed_undelete_comment", said.ref)
    assert "By the old mill" in page(client_of(olive), "feed_thread", post.ref)


def test_a_long_thread_has_pages_and_the_last_of_it(client_of: ClientOf, post: Post, nadia: Account) -> None:
    for number in range(52):
        actions.write_comment(account=nadia, ref=post.ref, text=f"Word {number:02}", language="en")
    client = client_of(nadia)
    first = page(client, "feed_post", post.ref)
    (later,) = re.findall(r'href="(\?after=[\w-]+)#comments"', first)
    rest = page(client, "feed_post", post.ref, query=later)
    assert re.findall(r"Word \d\d", first + rest) == [f"Word {number:02}" for number in range(52)]
    assert "Word 51" in page(client, "feed_post", post.ref, query="?last=1")


def test_its_author_says_how_it_ended_and_everybody_reads_it(
    client_of: ClientOf, post: Post, olive: Account, nadia: Account
) -> None:
    client = client_of(olive)
    assert send(client, "feed_resolve", post.ref, outcome="").status_code == 422
    send(client, "feed_resolve", post.ref, outcome="found, asleep")
    for name in ("feed", "feed_map"):
        assert "found, asleep" in page(client_of(nadia), name)
    assert "found, asleep" in page(client_of(nadia), "feed_card", post.ref)
    send(client, "feed_reopen", post.ref)
    assert "found, asleep" not in page(client_of(nadia), "feed_post", post.ref)


def test_an_edit_is_marked_and_what_it_said_is_its_authors_alone(
    client_of: ClientOf, post: Post, olive: Account, nadia: Account
) -> None:
    send(client_of(olive), "feed_edit", post.ref, kind="missing_pet", title="Milo is missing", text="")
    theirs, hers = page(client_of(nadia), "feed_post", post.ref), page(client_of(olive), "feed_post", post.ref)
    assert "edited" in theirs and "Milo is gone" not in theirs and "Milo is gone" in hers


def test_deleted_is_gone_and_taken_back_from_ones_own_posts(
    client_of: ClientOf, post: Post, olive: Account, nadia: Account
) -> None:
    client, address = client_of(olive), reverse("resident:feed_post", args=[post.ref])
    send(client, "feed_delete", post.ref)
    assert client_of(nadia).get(address).status_code == 404
    assert "is deleted" in page(client, "feed_yours") and "You deleted this" in page(client, "feed_post", post.ref)
    send(client, "feed_undelete", post.ref)
    assert client_of(nadia).get(address).status_code == 200


@pytest.mark.parametrize(
    ("standing", "words"), [("held", "somebody looks at it"), ("removed", "removed by a moderator")]
)
def test_its_author_always_reads_where_it_stands(
    client_of: ClientOf, post: Post, olive: Account, nadia: Account, standing: str, words: str
) -> None:
    Post.objects.update(standing=standing)
    assert words in page(client_of(olive), "feed_post", post.ref)
    assert client_of(nadia).get(reverse("resident:feed_post", args=[post.ref])).status_code == 404
    assert post.title in page(client_of(olive), "feed_yours")


def test_thanks_follow_and_save(client_of: ClientOf, post: Post, olive: Account, nadia: Account) -> None:
    client = client_of(nadia)
    for what in ("thank", "follow", "save"):
        send(client, "feed_mark", post.ref, what=what, on="1")
    assert queries.marks(nadia, post) == queries.Marks(True, True, True)
    assert page(client, "feed_post", post.ref).count('aria-pressed="true"') == 3
    assert "Milo" in page(client, "feed_saved") and "Milo" not in page(client_of(olive), "feed_saved")
    assert "A neighbor thanks you" in page(client_of(olive), "feed_post", post.ref)
    send(client, "feed_mark", post.ref, what="save", on="0")
    assert "You keep none" in page(client, "feed_saved")
    assert send(client, "feed_mark", post.ref, what="like", on="1").status_code == 404
    marked = {"what": "save", "on": "1"}
    part = client.post(reverse("resident:feed_mark", args=[post.ref]), marked, headers={"HX-Request": "true"})
    assert part.status_code == 200 and part.content.decode().count('aria-pressed="true"') == 3
    assert part.content.decode().startswith('<div class="buttons" id="marks">'), "The buttons alone: nothing moves."


def stops_of(answer: Any) -> str:
    found = re.search(r'<section class="stops".*?</section>', answer.content.decode(), re.DOTALL)
    assert answer.status_code == 422 and found is not None
    return found[0]


def test_a_stop_shows_the_rule_the_words_why_and_how_to_mend_them(client_of: ClientOf, olive: Account) -> None:
    client = client_of(olive)
    given = {"kind": "crime", "title": "Fence broken", "text": "It was Kevin Brandt, call 555-201-7788."}
    shown = stops_of(send(client, "feed_new", **given))
    assert 'href="/guardrails/#person.named"' in shown and "<mark>Kevin Brandt</mark>" in shown
    assert "accusation" in shown and "To mend it" in shown and 'name="appeal"' in shown
    assert not Post.objects.exists()
    cut = send(client, "feed_new", **given, cut="1")
    page = cut.content.decode()
    assert cut.status_code == 200 and not Post.objects.exists(), "Cut words are read again before they are posted."
    assert "It was" in page and "Brandt" not in page and "555" not in page and "Fence broken" in page


def test_a_question_waits_and_is_then_held(client_of: ClientOf, olive: Account, clock: SeededSource) -> None:
    client = client_of(olive)
    given = {"kind": "crime", "title": "A van", "text": "Suspicious van parked on Holly since this morning."}
    shown = stops_of(send(client, "feed_new", **given))
    (asked,) = re.findall(r'name="asked" value="([^"]+)"', shown)
    assert "in 10 minutes" in shown
    given |= {"asked": asked, "confirmed": "person.suspicion"}
    again = stops_of(send(client, "feed_new", **given))
    assert "checked" in again and asked in again
    clock.advance(timedelta(minutes=10))
    assert send(client, "feed_new", **given).status_code == 302
    assert Post.objects.get().standing == "held"


def test_whoever_thinks_a_rule_is_wrong_sends_it_to_a_reviewer(
    client_of: ClientOf, post: Post, nadia: Account
) -> None:
    client = client_of(nadia)
    given = {"text": "Ask Kevin Brandt at the shelter."}
    assert "person.named" in stops_of(send(client, "feed_comment", post.ref, **given))
    assert send(client, "feed_comment", post.ref, **given, appeal="1").status_code == 302
    assert Comment.objects.get().standing == "held"


def test_an_unknown_visitor_did_something(client_of: ClientOf, olive: Account) -> None:
    """Said along with all else that is wrong; and a post doesn't become one about a visitor without it."""
    client, needed = client_of(olive), "Choose what the visitor did"
    given = {"kind": "unknown_visitor", "title": "Visitor", "text": "Somebody stood at our patio door."}
    assert needed in send(client, "feed_new", **given).content.decode()
    plate = send(client, "feed_new", **{**given, "text": "They tried our patio door. Their plate was ABC 1234."})
    stopped = plate.content.decode()
    assert needed in stopped and "<mark>" in stopped
    tried = {**given, "text": "A man in a red cap tried to open our patio door."}
    assert send(client, "feed_new", **tried, act="tried").status_code == 302
    other = actions.write_post(account=olive, kind="question", title="The doorbell", text="", language="en")
    assert (
        needed in send(client, "feed_edit", other.ref, kind="unknown_visitor", title="The doorbell").content.decode()
    )
    other.refresh_from_db()
    assert other.kind == "question"
    mine = Post.objects.get(kind="unknown_visitor")
    again = {"kind": mine.kind, "title": "Visitor", "text": "Somebody went from door to door and tried the handles."}
    assert send(client, "feed_edit", mine.ref, **again).status_code == 302, "What they did was said before."
