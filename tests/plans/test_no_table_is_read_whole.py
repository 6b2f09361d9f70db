"""What people and workers ask of PostgreSQL all day reads no big table whole, and no index from end to end.

Each of CALLS is made on tables with many rows; each statement that it sends is explained, and what its plan reads of
a big table has to be found by an index's condition, or in an index's order up to a limit.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from goodfences import places, policy, source
from goodfences.agencies.models import AgencyAct
from goodfences.cameras import queries as cameras
from goodfences.cameras.access import device_for_token
from goodfences.cameras.models import Camera, Device, Held
from goodfences.clips import access, queries, retention, timeline, trash
from goodfences.clips.actions import check, sweep
from goodfences.clips.models import Clip
from goodfences.evidence import retention as shared_retention
from goodfences.evidence.models import CustodyEvent, Share, SharedVideo
from goodfences.evidence.owner import preparing, sweeping, telling
from goodfences.feed import cells
from goodfences.feed import queries as feed
from goodfences.feed.models import Comment, Post
from goodfences.health import queries as hubs
from goodfences.health import silences
from goodfences.health.models import CameraHealth, HubHealth, Silence
from goodfences.ledger import queries as ledger
from goodfences.ledger.models import LedgerEntry
from goodfences.mail import claims, journal, keeping, outbox, settling
from goodfences.mail import queries as mail
from goodfences.mail.models import OutboxMessage
from goodfences.moderation import queries as moderation
from goodfences.moderation.models import Review
from goodfences.people import access as people
from goodfences.people import browsers
from goodfences.people import queries as owners
from goodfences.people.models import Account, Browser, Household, Membership
from goodfences.places import area_from_circle
from goodfences.push import sending
from goodfences.push.models import Note
from goodfences.vault.models import SealedKey
from goodfences.video_requests import asks, clearing, digests, matching, portal
from goodfences.video_requests import public as record
from goodfences.video_requests import queries as requests
from goodfences.video_requests.models import Ask, Matching, VideoRequest
from tests.persons import OLIVES_PLACE, OLIVES_TOKEN, STRANGERS_PLACE, officer
from tests.plans.filling import fill

# Not rolled back but truncated at the end: else the tables would keep their size, and other plans would follow it.
pytestmark = [pytest.mark.at_once, pytest.mark.django_db(transaction=True)]

ROWS = 20_000
BIG = (Account, Household, Membership, Camera, Held, Clip, SealedKey, Ask, OutboxMessage, LedgerEntry, Post, Comment)
BIG += (Note, Share, SharedVideo, Device, Silence, VideoRequest, Matching)
BIG += (CustodyEvent, AgencyAct, Session, Browser, Review)
# Not here: uploads, which are gone once their clip is checked; and what hubs tell of themselves, which is read whole
# every 15 s, since an index of times that each report changes would cost all of them more than that.
TABLES = {model._meta.db_table for model in BIG}
AREA = area_from_circle(*OLIVES_PLACE, 400)


@pytest.fixture
def olive_asked(olive: Account, olives_device: Device) -> Account:
    """Olive among many others: everybody has a home, cameras, clips, asks, mail, posts."""
    cell = olive.households.get().cell
    spread = f"{cell} + (n * 7919)"
    state = "CASE WHEN n % 50 = 0 THEN '{}' ELSE '{}' END"
    fill(Account, ROWS, email="'p' || n || '@example.org'", kind="'resident'", is_active="true", language="'en'")
    fill(Household, ROWS, cell=spread)
    fill(Membership, ROWS, household="10000000 + n", account="10000000 + n", role="'owner'")
    fill(Camera, ROWS, household="10000000 + n", cell=spread, may_be_asked="true", looks_at="'street'")
    fill(Held, ROWS, camera="10000000 + n", device="10000000 + n", ends_at="now()")
    fill(SealedKey, ROWS)
    fill(
        Clip, 5 * ROWS, camera="10000000 + n / 5", key="10000000 + n", kind="'motion'", checked_at="now()",
        stored_at="now()", state="CASE WHEN n % 3 = 0 THEN 'expired' ELSE 'stored' END",
        expires_on="current_date + (n % 60)::int - 30",
        ends_at="now() - n * interval '1 minute' + interval '20 seconds'",
    )  # fmt: skip
    fill(Ask, ROWS, video_request="10000000 + n / 100", owner="10000000 + n", household="10000000 + n",
         state="'declined'")  # fmt: skip
    fill(OutboxMessage, ROWS, state=state.format("waiting", "sent"), priority="5", once="'once' || n")
    fill(LedgerEntry, ROWS, index="n", kind="'request.opened'", subject="'request:' || n")
    here, there = (cells.coarse(places.cell_at(*place)) for place in (OLIVES_PLACE, STRANGERS_PLACE))
    around = f"CASE WHEN n % 100 = 0 THEN {here} ELSE {there} END"
    fill(Post, ROWS, author="10000000 + n", cell=around, state="'open'", kind="'safety'", standing="'published'")
    fill(Comment, ROWS, post="10000000 + n", author="10000000 + n", standing="'published'")
    fill(Note, ROWS, state=state.format("waiting", "sent"), subscription="10000000 + n")
    fill(Share, ROWS, state="'ready'", ask="10000000 + n")
    fill(SharedVideo, ROWS, video_request="10000000 + n / 10", keep_until="now() + interval '1 year'",
         starts_at="now()", ends_at="now()")  # fmt: skip
    fill(Device, ROWS, household="10000000 + n", by_hand="false", last_seen_at="now()")
    fill(HubHealth, ROWS, device="10000000 + n", heard_at="now() + interval '1 hour'")
    fill(CameraHealth, ROWS, hub="10000000 + n", camera="10000000 + n")
    fill(Silence, ROWS, household="10000000 + n", device="10000000 + n", over_at="now()", told_at="now()")
    fill(VideoRequest, ROWS, agency="10000000 + n % 400", requester="10000000 + n % 4000", state="'closed'",
         ended_at="now()", opened_at="now()", submitted_at="now()", area_m2="1000")  # fmt: skip
    fill(Matching, ROWS, video_request="10000000 + n", turn_at="now() - n * interval '1 minute'", cut_at="now()",
         finished_at="now()", cleared_at="now()")  # fmt: skip
    fill(CustodyEvent, ROWS, video="10000000 + n", sequence="1")
    fill(AgencyAct, ROWS, agency="10000000 + n % 400", kind="'request.opened'")
    fill(Session, ROWS, session_key="md5(n::text)", expire_date="now() + interval '1 day'")
    fill(Browser, ROWS, account="10000000 + n", session_key="md5(n::text)")
    fill(Review, ROWS, post="10000000 + n", state="'decided'")
    return olive


def calls(olive: Account, omar: Account, max: Account) -> Iterator[tuple[str, Callable[[], Any]]]:
    """What is asked all day, by name."""
    now = source.now()
    night = (now - timedelta(hours=12), now - timedelta(hours=11))
    home = olive.households.get()
    own = list(Camera.objects.filter(household=home).values_list("pk", flat=True))
    many = list(range(10_000_001, 10_000_020))
    wanted = timeline.Wanted(own)
    yield "cameras in an area", lambda: cameras.matching_cameras(AREA.ranges)
    yield "homes in an area", lambda: cameras.homes_in(AREA.ranges, 10)
    yield "who has clips of a time", lambda: queries.cameras_with_clips(many, *night)
    yield "what hubs hold of it", lambda: cameras.cameras_holding(many, *night)
    yield "owners of homes", lambda: owners.owners_of(many)
    yield "owners held", lambda: people.hold_all(many)
    yield "owners asked often", lambda: matching._asked_enough(many, policy.in_force())
    yield "requests in turn", matching.in_turn
    yield "requests that ended", lambda: clearing.clear_ended(10)
    yield "asks of an owner", lambda: list(requests.asks_of(olive.pk)[:20])
    yield "undecided asks of an owner", lambda: list(requests.undecided_asks(olive.pk))
    yield "digests of asks", lambda: digests.write_due(10)
    yield "asks whose mail left", lambda: asks.mark_sent(["ask:none:1"])
    yield "a device by its token", lambda: device_for_token(OLIVES_TOKEN)
    yield "a clip by its name", lambda: access.own_clip(olive, "none")
    yield "clips of a day", lambda: timeline.of_day(wanted, *night, 50)
    yield "slots of a day", lambda: timeline.slots(wanted, *night, 96)
    yield "the newest clips", lambda: timeline.newest(wanted, 20)
    yield "a clip to check", check._claim
    yield "uploads to finish", lambda: sweep.finish_complete(10)
    yield "uploads that stand still", lambda: sweep.drop_stale(10)
    yield "clips to expire", lambda: retention._expire_rows(now.date(), 100)
    yield "clips in the trash", lambda: trash.empty(10)
    yield "mail that is due", lambda: claims.anything_due(now)
    yield "mail to send", lambda: claims.claim("worker", 1, 200, now)
    yield "mail of the dead", lambda: settling.settle_fates(journal.Fates("nobody"))
    yield "whether enough mail waits", mail.has_enough
    yield "mail to cancel", lambda: outbox.cancel(common_key="none", reason="")
    yield "entries of a request", lambda: list(ledger.entries(subject="request:17"))
    yield "the newest entry", ledger.newest_index
    yield "posts around", lambda: feed.near(olive)
    yield "one's own posts", lambda: feed.own(olive)
    yield "notes to send", lambda: sending._claim(20, now)
    yield "shares to prepare", preparing.claim
    yield "shares to sweep", lambda: sweeping.sweep(10)
    yield "acts to tell of", lambda: telling.tell_due(10)
    yield "shared video to destroy", lambda: list(shared_retention._due()[:20])
    yield "how mail does", mail.health
    yield "mail of who leaves", lambda: outbox.forget(address="nobody@example.org")
    yield "mail that is over", lambda: keeping.forget_old(10)
    yield "hubs that fell silent", lambda: silences.begin_due(10)
    yield "hubs that are back", lambda: silences.end_due(10)
    yield "how hubs do at home", lambda: (hubs.hubs_of(home), hubs.states_of(home, Camera.objects.filter(pk__in=own)))
    yield "an agency's requests", lambda: list(portal.requests_of(officer(omar))[:20])
    yield "an agency's requests by words", lambda: list(portal.search(officer(omar), q="26-1")[:20])
    yield "requests to approve", lambda: portal.waiting_for(officer(omar))
    yield "drafts", lambda: list(portal.drafts_of(officer(omar))[:20])
    yield "the public record", lambda: record.requests(limit=20)
    yield "the public record around", lambda: record.requests_around(home.cell, limit=5)
    yield "the public record's feed", lambda: record.requests_after(17, limit=20)
    yield "whose session it is", lambda: SessionStore("none").load()
    yield "a browser that is seen", lambda: browsers.seen("none")
    yield "what waits for a moderator", lambda: moderation.queue(max)


def test_no_big_table_is_read_whole(olive_asked: Account, omar: Account, max: Account) -> None:
    assert_that_it_is_found()
    troubles = []
    for name, call in calls(olive_asked, omar, max):
        with CaptureQueriesContext(connection) as sent:
            try:
                with transaction.atomic():
                    call()
            except Exception as error:
                if type(error).__name__ not in ("NotFound", "DoesNotExist"):
                    raise
        for query in sent.captured_queries:
            troubles += [f"{name}: {trouble}\n    {query['sql'][:400]}" for trouble in reads_whole(query["sql"])]
    assert not troubles, "\n".join(troubles)


def assert_that_it_is_found() -> None:
    assert reads_whole("SELECT * FROM clips_clip WHERE note = 'a'")
    assert reads_whole("SELECT max(size) FROM clips_clip WHERE id > 0")
    assert not reads_whole("SELECT * FROM clips_clip WHERE id = 17")
    assert not reads_whole("SELECT * FROM clips_clip ORDER BY id LIMIT 1")


def reads_whole(sql: str) -> list[str]:
    """What a statement reads of big tables other than by an index's condition."""
    if not sql.startswith(("SELECT", "UPDATE", "DELETE", "WITH", "(SELECT")):
        return []
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) " + sql.replace("%", "%%"), [])
        (found,) = cursor.fetchone()
    (plan,) = json.loads(found) if isinstance(found, str) else found
    return list(_whole(plan["Plan"], limited=False))


def _whole(node: dict[str, Any], *, limited: bool) -> Iterator[str]:
    table, kind = node.get("Relation Name"), node["Node Type"]
    if table in TABLES and kind.endswith("Scan"):
        by_condition = "Index Cond" in node or kind == "Bitmap Heap Scan"
        in_order = limited and kind in ("Index Scan", "Index Only Scan")
        # A partial index holds what waits and nothing else: all of it may be read.
        partial = node.get("Index Name", "") in _partial()
        if not ((by_condition and node["Plan Rows"] < ROWS) or in_order or partial):
            yield f"{kind} of {table} by {node.get('Index Name')}, {node['Plan Rows']} rows"
    limited = kind == "Limit" or (limited and kind in ("LockRows", "Result", "Subquery Scan", "Incremental Sort"))
    limited |= kind == "Nested Loop" and limited
    for child in node.get("Plans", []):
        yield from _whole(child, limited=limited)


@cache
def _partial() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indpred IS NOT NULL"
        )
        return {name for (name,) in cursor.fetchall()}
