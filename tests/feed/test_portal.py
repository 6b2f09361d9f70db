"""What an agency may do in the feed, and that it reads nothing of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from goodfences.agencies.models import AgencyAct
from goodfences.errors import NotFound, Refused
from goodfences.feed import actions, portal, public, queries
from goodfences.feed.models import Post
from goodfences.people.models import Account
from goodfences.source import SeededSource
from tests.alerts import atom
from tests.persons import officer, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

SAID = {"kind": "hazard", "title": "Ice on the bridge", "text": "Sand is on its way."}


@pytest.fixture
def post(ada: Account) -> Post:
    return portal.write_post(officer=officer(ada), **SAID)


def test_a_post_reaches_all_around_marked_as_the_agencys_and_is_public(post: Post, olive: Account) -> None:
    [shown] = queries.near(olive, radius_km=1)
    assert shown.post == post and shown.distance_km == 0 and post.agency is not None
    page = signed_in(olive).get(f"/neighbors/{post.ref}/").content.decode()
    assert post.agency.name in page and "reads what is said here" in page
    assert "Ice on the bridge" in Client().get(f"/record/posts/{post.ref}/").content.decode()
    assert "Ice on the bridge" in Client().get(_path("public:agency", post.agency.slug)).content.decode()
    atom.check(Client().get("/record/posts/feed.atom").content)
    assert AgencyAct.objects.get(kind="post.written").about == "Ice on the bridge"


def test_only_who_answers_for_requests_writes(
    post: Post, omar: Account, audrey: Account, sam: Account, olive: Account
) -> None:
    for account in (omar, audrey):
        with pytest.raises(NotFound):
            portal.write_post(officer=officer(account), **SAID)
    for account in (omar, audrey, sam):
        given = {"officer": officer(account), "ref": post.ref}
        with pytest.raises(NotFound):
            portal.reply(**given, text="x")
        with pytest.raises(NotFound):
            portal.resolve(**given, outcome="x")
        with pytest.raises(NotFound):
            portal.take_down(**given)
    assert Post.objects.count() == 1


def test_an_officer_reads_own_posts_and_what_is_said_under_them_and_no_more(
    post: Post, olive: Account, nadia: Account, omar: Account, sam: Account
) -> None:
    neighbors = actions.write_post(account=olive, kind="crime", title="Quimby’s bike", text="", language="en")
    actions.write_comment(account=nadia, ref=post.ref, text="Which side?", language="en")
    hidden = actions.write_comment(account=olive, ref=post.ref, text="Taken back", language="en")
    actions.delete_comment(account=olive, ref=hidden.ref)
    for ref in (post.ref, neighbors.ref):
        actions.follow(account=nadia, ref=ref)
    assert [one.text for one in portal.said_under(officer(omar), post.ref)] == ["Which side?"]
    page = signed_in(omar).get(_path("portal:post", post.ref)).content.decode()
    assert "Neighbor 1" in page and "Nadia" not in page and "Quimby" not in page and "Taken back" not in page
    for account, ref in ((omar, neighbors.ref), (sam, post.ref), (omar, "nothing")):
        with pytest.raises(NotFound):
            portal.post(officer(account), ref)
        with pytest.raises(NotFound):
            portal.said_under(officer(account), ref)
    with pytest.raises(NotFound):
        public.post(neighbors.ref)
    assert public.of_agencies() == [post]


def test_nothing_that_neighbors_do_with_a_post_changes_a_byte_of_what_the_agency_sees(
    post: Post, olive: Account, nadia: Account, omar: Account, ada: Account
) -> None:
    """P2, of the feed: thanks, follows, saves, readers, neighbors' own posts and their comments elsewhere."""

    def seen() -> list[bytes]:
        return [
            signed_in(who).get(path).content
            for who in (omar, ada)
            for path in (_path("portal:posts"), _path("portal:post", post.ref), _path("public:agency_post", post.ref))
        ]

    before = seen()
    for account in (olive, nadia):
        for act in (actions.thank, actions.follow, actions.save):
            act(account=account, ref=post.ref)
        own = actions.write_post(account=account, kind="crime", title="Mine", text="", language="en")
        actions.write_comment(account=account, ref=own.ref, text="Anyone?", language="en")
        signed_in(account).get(f"/neighbors/{post.ref}/")
    assert [_without_tokens(one) for one in seen()] == [_without_tokens(one) for one in before]


def test_a_reply_and_an_end_are_read_by_neighbors(post: Post, aggie: Account, olive: Account) -> None:
    said = portal.reply(officer=officer(aggie), ref=post.ref, text="It was sanded at noon.")
    portal.resolve(officer=officer(aggie), ref=post.ref, outcome="sanded")
    page = signed_in(olive).get(f"/neighbors/{post.ref}/").content.decode()
    assert "It was sanded at noon." in page and said.officer_label in page and "sanded" in page
    portal.take_down(officer=officer(aggie), ref=post.ref)
    assert queries.near(olive) == [] and portal.posts_of(officer(aggie)) == [] and public.of_agencies() == []
    assert AgencyAct.objects.filter(kind__startswith="post.").count() == 4


def test_the_form_is_judged_as_any_other_and_looking_for_a_person_isnt_a_post(ada: Account) -> None:
    acting = officer(ada)
    with pytest.raises(Refused):
        portal.write_post(officer=acting, kind="hazard", title="", text="")
    with pytest.raises(Refused) as caught:
        portal.write_post(officer=acting, kind="unknown_visitor", title="Have you seen him?", text="")
    assert [problem.field for problem in caught.value.problems] == ["kind"]
    with pytest.raises(Refused):
        portal.write_post(officer=acting, kind="hazard", title="Turned \u202e around", text="")


def test_ten_a_day_are_the_most(ada: Account, clock: SeededSource) -> None:
    for number in range(portal.A_DAY):
        portal.write_post(officer=officer(ada), kind="hazard", title=f"Ice {number}", text="")
    with pytest.raises(Refused, match="At most 10 posts a day"):
        portal.write_post(officer=officer(ada), **SAID)
    clock.advance(timedelta(days=1, minutes=1))
    portal.write_post(officer=officer(ada), **SAID)


def test_the_pages_do_it(ada: Account, olive: Account) -> None:
    client = signed_in(ada)
    new = _path("portal:new_post")
    assert client.post(new, {**SAID, "title": ""}).status_code == 422
    assert client.post(new, SAID).status_code == 302
    post = Post.objects.get()
    assert client.post(_path("portal:reply", post.ref), {"text": ""}).status_code == 422
    assert client.post(_path("portal:reply", post.ref), {"text": "Soon."}).status_code == 302
    assert client.post(_path("portal:resolve_post", post.ref), {"outcome": "sanded"}).status_code == 302
    page = client.get(_path("portal:post", post.ref)).content.decode()
    assert "Soon." in page and "sanded" in page
    assert "can’t be brought back" in client.get(_path("portal:take_down_post", post.ref)).content.decode()
    assert client.post(_path("portal:take_down_post", post.ref)).status_code == 302
    assert client.get(_path("portal:post", post.ref)).status_code == 404


def _path(name: str, *arguments: str) -> str:
    return reverse(name, args=arguments)


def _without_tokens(page: bytes) -> bytes:
    return re.sub(rb'value="[A-Za-z0-9]{64}"', b"", page)


@pytest.mark.parametrize("address", ["/record/posts/feed.atom", "/warnings/feed.atom"])
def test_a_feed_with_nothing_in_it_is_dated_by_our_clock(address: str, clock: SeededSource) -> None:
    """Or two worlds that differ in nothing would differ in it (P2)."""
    assert f"<updated>{clock.now().isoformat()}</updated>" in Client().get(address).content.decode()
