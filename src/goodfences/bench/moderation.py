"""`goodfences bench moderation`: bots try thousands of posts and reports; what do residents and moderators notice?

Neighbors have told a thousand things over a year. Then accounts of today, each as often as it can, try to post and to
report what the neighbors told. All by the acts that pages call; lists and the queue are asked over real HTTP, before
and after.
"""

from __future__ import annotations

import argparse
import http.client
import time
from collections import Counter
from datetime import timedelta
from typing import Any

from goodfences import source
from goodfences.bench.bulk import cookie_of
from goodfences.bench.devices import HOST, served
from goodfences.bench.instance import migrate, throwaway
from goodfences.bench.measure import milliseconds, percentile
from goodfences.bench.runner import Outcome, Row, progress, register

_PLACE = (40.73, -73.99)
_NEIGHBORS, _TOLD = 100, 1_000
_PAGES = 100


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tries", type=int, default=10_000, help="posts, and as many reports (default 10,000)")
    parser.add_argument("--bots", type=int, default=2_000, help="accounts of today (default 2,000)")
    parser.add_argument("--folder", help="where to put the database meanwhile")


@register("moderation", help="a flood of posts and reports by bots", arguments=_arguments)
def run(options: argparse.Namespace) -> Outcome:
    """`flooded_over_calm`: p95 of the residents' list after the flood, over that before it."""
    with throwaway(parent=options.folder) as state:
        migrate()
        neighbors, bots, moderator = _accounts("n", _NEIGHBORS, 90), _accounts("b", options.bots, 0), _moderator()
        told = _told(neighbors)
        progress(f"{len(told):,} posts of {len(neighbors)} neighbors")
        with served(state) as port:
            calm = _ask(port, neighbors[0], "/neighbors/")
            rows = [{"what": "list of the newest, before", **milliseconds(calm)}]
            rows += [_posts(bots, options.tries), _reports(bots, told, options.tries)]
            flooded = _ask(port, neighbors[0], "/neighbors/")
            rows.append({"what": "list of the newest, after", **milliseconds(flooded)})
            rows.append(
                {"what": "moderators' queue, after", **milliseconds(_ask(port, moderator, "/staff/moderation/"))}
            )
        rows += _left(neighbors, moderator)
    return Outcome(rows, {"flooded_over_calm": percentile(flooded, 0.95) / percentile(calm, 0.95)})


def _accounts(prefix: str, count: int, days: int) -> list[Any]:
    """Accounts of so many days, each with a home of its own in one neighborhood."""
    from goodfences import places
    from goodfences.people.models import Account, Household, Membership

    at = source.now() - timedelta(days=days)
    Account.objects.bulk_create(
        Account(email=f"{prefix}{number}@homes.example", created_at=at) for number in range(count)
    )
    made = list(Account.objects.filter(email__startswith=prefix).order_by("pk"))
    cell = places.cell_at(*_PLACE)
    homes = Household.objects.bulk_create(Household(cell=cell) for _ in made)
    Membership.objects.bulk_create(
        Membership(household=home, account=account, role="owner") for home, account in zip(homes, made, strict=True)
    )
    return made


def _moderator() -> Any:
    from goodfences.people.models import Account

    return Account.objects.create_user("max@staff.example", kind=Account.Kind.MODERATOR)


def _told(neighbors: list[Any]) -> list[str]:
    """What the neighbors told over a year, in the order of time."""
    from goodfences.feed import cells
    from goodfences.feed.models import Post
    from goodfences.people import access

    cell = cells.coarse(access.home(neighbors[0]).cell)
    now = source.now()
    ats = [now - timedelta(hours=8 * (_TOLD - number)) for number in range(_TOLD)]
    posts = Post.objects.bulk_create(
        Post(
            author=neighbors[number % len(neighbors)],
            kind="hazard",
            title=f"Branch number {number} hangs low",
            language="en",
            cell=cell,
            area_cell=cells.area_of(cell),
            written_at=at,
            told_at=at,
        )
        for number, at in enumerate(ats)
    )
    return [post.ref for post in posts]


def _posts(bots: list[Any], tries: int) -> Row:
    from goodfences.feed import actions

    def act(number: int) -> None:
        title = f"Cheap roofs, offer {number}"
        given: Row = {"kind": "question", "title": title, "text": "Call today.", "language": "en"}
        actions.write_post(account=bots[number % len(bots)], **given)

    return {"what": "posts that bots tried", **_tried(act, tries)}


def _reports(bots: list[Any], told: list[str], tries: int) -> Row:
    """All against the ten newest posts of the neighbors, and one of those above all."""
    from goodfences.moderation import actions

    targets = told[-10:]

    def act(number: int) -> None:
        bot, ref = bots[number % len(bots)], targets[(number // len(bots)) % len(targets)]
        actions.report(account=bot, post_ref=ref, rule="harm")

    return {"what": "reports that bots tried", **_tried(act, tries)}


def _tried(act: Any, tries: int) -> Row:
    from goodfences.errors import Refused

    answers: Counter[str] = Counter()
    began = time.monotonic()
    for number in range(tries):
        try:
            act(number)
            answers["taken"] += 1
        except Refused as refused:
            answers[refused.problems[0].rule] += 1
    return {"tries": tries, **answers, "a_second": round(tries / (time.monotonic() - began))}


def _left(neighbors: list[Any], moderator: Any) -> list[Row]:
    """What a neighbor says now is on top; what the queue makes of thousands of reports."""
    from goodfences.feed import actions, queries
    from goodfences.moderation import queries as moderation

    said: Row = {"kind": "hazard", "title": "Ice on the bridge", "text": "", "language": "en"}
    actions.write_post(account=neighbors[1], **said)
    shown = queries.near(neighbors[0], limit=100)
    queue = moderation.queue(moderator)
    return [
        {
            "what": "of the newest 100 posts, by neighbors",
            "posts": sum("roofs" not in each.post.title for each in shown),
        },
        {
            "what": "a neighbor's new post stands at",
            "posts": 1 + [each.post.title for each in shown].index(said["title"]),
        },
        {"what": "reviews that wait", "posts": moderation.waiting_reviews().count()},
        {"what": "independent voices of the loudest", "posts": max((one.review.voices for one in queue), default=0)},
    ]


def _ask(port: int, account: Any, path: str) -> list[float]:
    """Seconds for each of the answers, after one that isn't counted."""
    headers = {"Cookie": cookie_of(account.pk)}
    took = []
    for _ in range(_PAGES + 1):
        connection = http.client.HTTPConnection(HOST, port)
        began = time.perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        took.append(time.perf_counter() - began)
        connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{path} was answered {answer.status}.")
    return took[1:]
