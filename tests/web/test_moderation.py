"""Moderation from end to end through the pages: reported, ruled on by two, appealed, back; a ban; a block."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from goodfences.feed import actions as feeding
from goodfences.feed.models import Post
from goodfences.moderation import actions
from goodfences.moderation.models import Appeal, Block, Measure, PublicRuling, Review, Ruling
from goodfences.people.models import Account
from goodfences.source import SeededSource
from tests.moderation.conftest import REASONS, mara, mo, reported, ruled, write
from tests.pages import Page, bytes_of

__all__ = ["mara", "mo"]
pytestmark = pytest.mark.django_db
ClientOf = Callable[[Account], Client]


def fill(client: Client, path: str, button: str = "", action: str = "", **changes: str | bool) -> Any:
    """Fill in a page's form that goes to `action` (the page itself where none is named)."""
    page = Page(client.get(path))
    (form,) = [form for form in page.forms if form.method == "post" and (form.action or path) == (action or path)]
    form.action = action or path
    return form.send(client, button, changes=changes)


class TestEndToEnd:
    def test_reported_removed_by_two_appealed_and_back(
        self, olive: Account, nadia: Account, max: Account, mara: Account, mo: Account, client_of: ClientOf,
        clock: SeededSource,
    ) -> None:  # fmt: skip
        post = write(olive, "Bike taken", kind="crime")
        page = f"/neighbors/{post.ref}/"
        reader, author = client_of(nadia), client_of(olive)
        assert "Report this post" in Page(reader.get(page)).text
        sent = fill(reader, f"{page}report/", rule="untrue", note="It was found on Monday.")
        assert "you are told what comes of it" in Page(sent).text

        first, second, third = client_of(max), client_of(mara), client_of(mo)
        assert "Bike taken" in Page(first.get("/staff/moderation/")).text
        review = f"/staff/moderation/{Review.objects.get().ref}/"
        looked = Page(fill(first, review, action=f"{review}claim/"))
        assert "It was found on Monday." in looked.text and "needs two moderators" in looked.text
        fill(first, review, action=f"{review}rule/", outcome="removed", rule="untrue", reasons=REASONS)
        assert Page(reader.get(page)).source.count("Bike taken") > 0, "One alone removes no news."
        assert "another moderator has to decide" in Page(first.get(review)).text
        assert REASONS in Page(fill(second, review, action=f"{review}claim/")).text
        fill(second, review, action=f"{review}second/", agree="yes")

        gone = Page(reader.get(page))
        assert "removed by a ruling" in gone.text and REASONS in gone.text and "Bike" not in gone.text
        listed = Page(reader.get("/neighbors/"))
        assert "A post was removed here by a ruling" in listed.text and "Bike" not in listed.text
        public = PublicRuling.objects.get()
        shown = Page(Client().get(f"/record/rulings/{public.ref}/"))
        assert REASONS in shown.text and "two moderators" in shown.text and "Bike" not in shown.text
        assert "Bike taken" in Page(author.get(page)).text, "Its author keeps it."

        ruling = f"/neighbors/rulings/{Ruling.objects.get().ref}/"
        appealed = fill(author, ruling, text="I told what happened.")
        assert "It waits for a moderator who had no part" in Page(appealed).text
        appeal = f"/staff/moderation/appeals/{Appeal.objects.get().ref}/"
        for barred in (first, second):
            assert "somebody else decides" in Page(barred.get(appeal)).text
        answer = "It happened as it is told, says the insurer."
        fill(third, appeal, overturn="yes", reasons=answer)
        back = Page(reader.get("/neighbors/"))
        assert "Bike taken" in back.text and "Back after an appeal" in back.text
        assert answer in Page(reader.get(page)).text and answer in Page(author.get(ruling)).text
        assert "Overturned on appeal" in Page(Client().get(f"/record/rulings/{public.ref}/")).text

    def test_open_data_and_the_public_page_count_it(
        self, olive: Account, nadia: Account, max: Account, client: Client
    ) -> None:
        ruled(max, reported(write(olive), nadia), "removed")
        (row,) = _rows(client, "moderation")
        assert (row["rule"], row["reports"], row["removed"]) == ("profile", 1, 1)
        (made,) = _rows(client, "rulings")
        assert made["reasons"] == REASONS and "Olive" not in str(made)
        assert REASONS in Page(client.get("/record/rulings/")).text


class TestWhatOnesOwnPageSays:
    def test_a_banned_authors_routes(
        self, olive: Account, nadia: Account, max: Account, client_of: ClientOf, clock: SeededSource
    ) -> None:
        post, theirs = write(olive), write(nadia, "Tree down", kind="hazard")
        ruling = ruled(max, reported(post, nadia), "removed")
        Measure.objects.update(ends_at=None)
        client = client_of(olive)
        new = {"kind": "hazard", "title": "Ice", "text": "", "happened_at": "", "place": "", "once": ""}
        writes = {
            "/neighbors/new/": new,
            f"/neighbors/{theirs.ref}/comment/": {"text": "Hello", "once": ""},
            f"/neighbors/{theirs.ref}/report/": {"rule": "spam", "note": ""},
        }
        for path, given in writes.items():
            refused = client.post(path, given)
            assert refused.status_code == 422 and "can’t write here any more" in Page(refused).text, path
        assert Post.objects.count() == 2
        for path in ("/neighbors/", f"/neighbors/{theirs.ref}/", f"/neighbors/{post.ref}/", "/neighbors/rulings/"):
            assert client.get(path).status_code == 200, path
        assert "can’t write here any more" in Page(client.get("/neighbors/rulings/")).text
        assert client.post(f"/neighbors/rulings/{ruling.ref}/", {"text": "Wrong"}).status_code == 302
        assert client.get("/settings/data/").status_code in (200, 302)
        assert client.post(f"/neighbors/{post.ref}/delete/").status_code == 302


class TestABlockThatCannotBeNoticed:
    PAGES = ("/neighbors/", "/neighbors/map/", "/neighbors/yours/", "/neighbors/saved/", "/neighbors/rulings/")

    def test_the_blocked_ones_pages_stay_byte_for_byte(
        self, olive: Account, nadia: Account, stranger: Account, client_of: ClientOf, clock: SeededSource
    ) -> None:
        theirs, own = write(nadia, "Tree down", kind="hazard"), write(olive, "Key found", kind="lost_found")
        feeding.write_comment(account=olive, ref=theirs.ref, text="I saw it", language="en")
        feeding.write_comment(account=nadia, ref=own.ref, text="Mine", language="en")
        client = client_of(olive)

        def seen() -> dict[str, bytes]:
            pages = (*self.PAGES, f"/neighbors/{theirs.ref}/", f"/neighbors/{own.ref}/")
            pages += (f"/neighbors/{own.ref}/thread/", f"/neighbors/{theirs.ref}/card/")
            return {path: _still(bytes_of(client.get(path))) for path in pages}

        before = seen()
        actions.block(account=nadia, post_ref=own.ref)
        actions.mute(account=stranger, post_ref=own.ref)
        assert seen() == before
        assert Block.objects.count() == 2
        reader = client_of(nadia)
        assert "Key found" not in Page(reader.get("/neighbors/")).text
        assert "I saw it" not in Page(reader.get(f"/neighbors/{theirs.ref}/")).text
        assert reader.get(f"/neighbors/{own.ref}/").status_code == 404
        fresh = feeding.write_comment(account=olive, ref=theirs.ref, text="Still there", language="en")
        assert fresh.voice == 1, "The thread counts on as if nothing had happened."

    def test_it_is_taken_back_on_the_page(self, olive: Account, nadia: Account, client_of: ClientOf) -> None:
        post, client = write(olive), client_of(nadia)
        assert "They can’t tell" in Page(fill(client, f"/neighbors/{post.ref}/hide/", how="block")).text
        shown = Page(client.get("/neighbors/rulings/"))
        assert "Who wrote “A ladder at the corner”" in shown.text
        client.post(f"/neighbors/hidden/{Block.objects.get().ref}/show/")
        assert client.get(f"/neighbors/{post.ref}/").status_code == 200


def _rows(client: Client, name: str) -> list[dict[str, Any]]:
    return json.loads(bytes_of(client.get(f"/record/data/{name}.json")))[name]


def _still(body: bytes) -> bytes:
    """Without what differs from one answer to the next by itself: CSRF tokens, a form's number, where a stream is."""
    body = re.sub(rb'(name="(?:csrfmiddlewaretoken|once)" value=")[^"]+', rb"\1", body)
    return re.sub(rb'data-since="[^"]*"', b"", body)
