"""Whom posts and warnings reach, by which way, when, and that it is once; with a real push service and mailbox."""

from __future__ import annotations

import json
import re
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client

from goodfences import source
from goodfences.alerts import keeping, public, readers, sources, spreading, taking, tasks, wishes
from goodfences.alerts.models import AlertWish, Delivery, Matter, OfficialWarning, WarningSource
from goodfences.errors import NotFound, Refused
from goodfences.feed import actions as feed
from goodfences.feed import whom
from goodfences.feed.models import Post
from goodfences.mail import links
from goodfences.mail.models import OutboxMessage
from goodfences.mail.sending import Sender
from goodfences.people import actions as people
from goodfences.people.models import Account, Reach
from goodfences.push import tasks as push
from goodfences.push.models import Note
from goodfences.source import SeededSource
from tests.alerts import words
from tests.mail.conftest import sender, server, state
from tests.mail.servers import Kept
from tests.persons import OLIVES_PLACE, make_account, make_home, signed_in
from tests.push.conftest import browser, service
from tests.push.service import Browser, Service

__all__ = ["browser", "sender", "server", "service", "state"]

pytestmark = [pytest.mark.django_db(transaction=True)]

FAR = (60.30, 24.9450)
CHOSEN: dict[str, Any] = {
    "way": "push",
    "kinds": ["crime", "hazard"],
    "agencies": False,
    "radius_km": 2,
    "warnings": "severe",
    "extreme_at_any_hour": True,
    "warnings_by_mail": True,
}
HOURS: dict[str, Any] = dict.fromkeys(("quiet_from", "quiet_until", "digest_at", "away_from", "away_until"))


def choose(account: Account, **changes: Any) -> AlertWish:
    return wishes.choose(account=account, **(CHOSEN | changes))


def quiet(account: Account, until: time = time(16, 0)) -> None:
    """From an hour ago, in Helsinki, where it is two in the afternoon."""
    people.choose_hours(account=account, **HOURS | {"quiet_from": time(13, 0), "quiet_until": until})


def write(author: Account, title: str = "Bike taken", **fields: Any) -> Post:
    given = {"kind": "crime", "text": "From the yard", "language": "en", **fields}
    return feed.write_post(account=author, title=title, **given)


def warn(identifier: str = "W-1", **changes: Any) -> OfficialWarning:
    origin = WarningSource.objects.filter(name="Weather office").first() or words.weather()
    taken = taking.take(origin=origin, data=words.warning(identifier, **changes))
    assert taken is not None
    return taken


def spread() -> None:
    while tasks.run_due(20):
        pass


def deliver(sender: Sender) -> None:
    """Everything that is due, to browsers and mailboxes."""
    while push.run_due(10) or sender.run(10):
        pass


def ways(account: Account) -> list[str]:
    return list(Delivery.objects.filter(account=account).order_by("pk").values_list("way", flat=True))


def pushed(browser: Browser, service: Service) -> list[dict[str, Any]]:
    return [json.loads(browser.opened(came.body)) for came in service.came]


class TestAPost:
    def test_reaches_a_browser_once_and_says_neither_where_nor_what(
        self, browser: Browser, service: Service, olive: Account, nadia: Account
    ) -> None:
        choose(olive)
        post = write(nadia)
        spread()
        spread()
        assert push.run_due(10) == 1 and push.run_due(10) == 0
        [message] = pushed(browser, service)
        assert message["title"] == "A post near you" and message["url"] == f"/neighbors/{post.ref}/"
        body = json.dumps(message)
        assert "Bike" not in body and "yard" not in body and not re.search(r"\d+\.\d|\bkm\b|mile", body)
        assert ways(olive) == ["push"]

    def test_of_another_kind_too_far_away_or_ones_own_reaches_nobody(
        self, browser: Browser, olive: Account, nadia: Account
    ) -> None:
        choose(olive)
        write(nadia, kind="question")
        write(olive)
        far = make_account("Farah")
        make_home(far, FAR)
        write(far)
        spread()
        assert ways(olive) == [] and Matter.objects.filter(done_at=None).count() == 0
        choose(olive, radius_km=25)
        write(far, title="Again")
        spread()
        assert ways(olive) == ["push"]

    def test_that_was_told_is_told_to_nobody_again_whatever_is_chosen_later(
        self, olive: Account, nadia: Account, clock: SeededSource
    ) -> None:
        write(nadia)
        spread()
        choose(olive, way="daily")
        Matter.objects.update(told_through=0)
        spread()
        clock.advance(timedelta(days=2))
        spread()
        assert not OutboxMessage.objects.exists()

    def test_is_one_delivery_over_all_ways(
        self, browser: Browser, service: Service, olive: Account, nadia: Account, clock: SeededSource
    ) -> None:
        choose(olive)
        post = write(nadia)
        spread()
        choose(olive, way="daily")
        # Seen for the first time once more, as after a moderator's ruling.
        spreading.post_told(post, None, "post")
        Matter.objects.update(done_at=None, told_through=0)
        spread()
        clock.advance(timedelta(days=2))
        spread()
        assert ways(olive) == ["push"] and not OutboxMessage.objects.exists()
        assert Note.objects.count() == 1

    def test_that_is_gone_or_resolved_before_it_leaves_isnt_told(
        self, browser: Browser, service: Service, olive: Account, nadia: Account, clock: SeededSource
    ) -> None:
        choose(olive)
        quiet(olive)
        found, gone = write(nadia), write(nadia, title="Another")
        spread()
        assert push.run_due(10) == 0
        feed.resolve_post(account=nadia, ref=found.ref, outcome="found")
        feed.delete_post(account=nadia, ref=gone.ref)
        clock.advance(timedelta(hours=3))
        assert push.run_due(10) == 2 and service.came == []

    def test_of_somebody_whom_the_reader_doesnt_see_isnt_told(
        self, olive: Account, nadia: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        choose(olive, way="daily")
        monkeypatch.setattr(whom, "_unseen", [lambda account: {nadia.pk} if account.pk == olive.pk else set()])
        write(nadia)
        spread()
        assert ways(olive) == []

    def test_reaches_whoever_lives_there_when_many_do(self, olive: Account, nadia: Account) -> None:
        """Batch after batch, each account once."""
        people_there = [make_account(f"N{number}") for number in range(7)]
        for one in people_there:
            make_home(one, OLIVES_PLACE)
            choose(one, way="daily")
        write(nadia)
        old, readers.BATCH = readers.BATCH, 3
        try:
            rounds = 0
            while Matter.objects.filter(done_at=None).exists():
                spreading.spread_due(5)
                rounds += 1
        finally:
            readers.BATCH = old
        assert rounds == 3 and Delivery.objects.count() == 7


class TestTheDigest:
    @pytest.fixture(autouse=True)
    def daily(self, olive: Account, clock: SeededSource) -> None:
        choose(olive, way="daily")

    def test_comes_at_its_hour_with_everything_once_and_can_be_stopped_by_one_click(
        self,
        server: Kept,
        sender: Sender,
        olive: Account,
        nadia: Account,
        clock: SeededSource,
        settings: Any,
    ) -> None:
        settings.SITE_URL, settings.SECURE = "https://town.example", True
        write(nadia)
        write(nadia, title="Ice on Mill Street", kind="hazard")
        spread()
        assert not OutboxMessage.objects.exists()
        clock.advance(timedelta(hours=18))  # Eight in the morning, in Helsinki.
        spread()
        while sender.run(10):
            pass
        [letter] = server.messages
        assert letter["To"] == olive.email and letter["Subject"] == "2 posts near you"
        plain = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert plain.index("Hazard: Ice on Mill Street") < plain.index("Crime: Bike taken")
        assert "Call 911 first" in plain
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        stop = letter["List-Unsubscribe"].strip("<>")
        answer = Client().post(stop.removeprefix("https://town.example"), {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200 and wishes.of(olive).way == "none"
        clock.advance(timedelta(days=1))
        write(nadia, title="A third")
        spread()
        clock.advance(timedelta(days=2))
        spread()
        assert OutboxMessage.objects.count() == 1

    def test_that_would_be_empty_isnt_sent(self, olive: Account, nadia: Account, clock: SeededSource) -> None:
        post = write(nadia)
        spread()
        feed.delete_post(account=nadia, ref=post.ref)
        clock.advance(timedelta(hours=18))
        spread()
        assert not OutboxMessage.objects.exists() and not Delivery.objects.filter(told_at=None).exists()

    def test_of_the_week_comes_on_monday(self, olive: Account, nadia: Account, clock: SeededSource) -> None:
        choose(olive, way="weekly")
        write(nadia)
        spread()
        due = Delivery.objects.get().due_at
        assert due == datetime(2026, 11, 30, 6, 0, tzinfo=source.now().tzinfo)
        clock.advance(due - source.now())
        spread()
        assert OutboxMessage.objects.get().context["is_weekly"] is True

    def test_lists_what_there_is_room_for_and_says_how_much_more(
        self, olive: Account, nadia: Account, clock: SeededSource
    ) -> None:
        first = write(nadia)
        same = {name: getattr(first, name) for name in ("author", "kind", "title", "language", "cell", "area_cell")}
        # Past what one neighbor may write a day: from many, or on many days.
        posts = [first, *(Post.objects.create(**same) for _ in range(31))]
        for post in posts[1:]:
            spreading.post_told(post, None, "post")
        spread()
        clock.advance(timedelta(hours=18))
        spread()
        context = OutboxMessage.objects.get().context
        assert len(context["posts"]) == 30 and context["more"] == 2 and context["number"] == len(posts)

    def test_makes_no_link_of_what_people_write(self, olive: Account, nadia: Account, clock: SeededSource) -> None:
        write(nadia, title="Look at www.example.com")
        spread()
        clock.advance(timedelta(hours=18))
        spread()
        assert OutboxMessage.objects.get().context["posts"][0]["title"] == ""


class TestAWarning:
    def test_that_is_severe_reaches_everybody_there_by_mail_without_their_asking(
        self,
        server: Kept,
        sender: Sender,
        olive: Account,
        nadia: Account,
        omar: Account,
        clock: SeededSource,
        settings: Any,
    ) -> None:
        settings.SITE_URL, settings.SECURE = "https://town.example", True
        far = make_account("Farah")
        make_home(far, FAR)
        Account.objects.filter(pk=nadia.pk).update(language="es")
        taken = warn()
        spread()
        spread()
        while sender.run(10):
            pass
        by = {letter["To"]: letter for letter in server.messages}
        assert set(by) == {olive.email, nadia.email}
        plain = by[olive.email].get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert by[olive.email]["Subject"] == "Storm over the harbor"
        assert "What to do: Stay inside." in plain and "Call 911 first" in plain
        assert f"https://town.example/warnings/{taken.ref}/" in plain
        assert "Advertencia oficial" in by[nadia.email].get_body(("plain",)).get_content()  # type: ignore[union-attr]
        stop = by[olive.email]["List-Unsubscribe"].strip("<>").removeprefix("https://town.example")
        assert Client().get(stop).status_code == 200 and wishes.of(olive).warnings_by_mail
        Client().post(stop, {"List-Unsubscribe": "One-Click"})
        assert not wishes.of(olive).warnings_by_mail
        warn("W-2")
        spread()
        assert ways(olive) == ["mail"] and ways(nadia) == ["mail", "mail"]

    def test_that_is_less_reaches_who_asked_for_it(self, olive: Account, nadia: Account, clock: SeededSource) -> None:
        choose(nadia, warnings="all")
        warn(severity="Minor")
        spread()
        assert ways(olive) == [] and ways(nadia) == ["mail"]
        choose(nadia, warnings="extreme")
        warn("W-2")
        spread()
        assert ways(nadia) == ["mail"] and ways(olive) == ["mail"]

    def test_goes_to_the_browser_where_there_is_one(self, browser: Browser, service: Service, olive: Account) -> None:
        taken = warn()
        spread()
        assert push.run_due(10) == 1
        [message] = pushed(browser, service)
        assert (message["title"], message["url"]) == ("Official warning", f"/warnings/{taken.ref}/")
        assert "Storm" not in json.dumps(message) and not OutboxMessage.objects.exists()
        assert service.came[0].headers["Urgency"] == "high"

    def test_waits_for_the_end_of_quiet_hours_unless_it_is_extreme(
        self, browser: Browser, service: Service, olive: Account, clock: SeededSource
    ) -> None:
        quiet(olive, until=time(15, 0))
        warn()
        warn("W-2", severity="Extreme")
        spread()
        assert push.run_due(10) == 1 and pushed(browser, service)[0]["url"].startswith("/warnings/")
        clock.advance(timedelta(minutes=61))
        assert push.run_due(10) == 1 and len(service.came) == 2

    def test_that_is_extreme_waits_too_where_somebody_chose_so_and_lapses_with_its_end(
        self, browser: Browser, service: Service, olive: Account, clock: SeededSource
    ) -> None:
        choose(olive, extreme_at_any_hour=False)
        quiet(olive)
        warn(severity="Extreme")
        spread()
        assert push.run_due(10) == 0
        clock.advance(timedelta(hours=3))
        assert push.run_due(10) == 0 and service.came == []

    def test_that_was_called_off_before_it_left_isnt_told(
        self, browser: Browser, service: Service, olive: Account, nadia: Account, clock: SeededSource
    ) -> None:
        sent = source.now()
        for one in (olive, nadia):
            quiet(one, until=time(15, 0))
        warn("A")
        spread()
        assert OutboxMessage.objects.get().state == OutboxMessage.State.WAITING
        clock.advance(timedelta(minutes=5))
        warn("B", msgType="Cancel", references=words.refers_to("A", sent), infos="-")
        spread()
        clock.advance(timedelta(hours=1))
        push.run_due(10)
        assert service.came == [] and OutboxMessage.objects.get().state == OutboxMessage.State.FAILED

    def test_that_only_updates_one_is_told_to_who_doesnt_know_or_where_it_got_worse(
        self, olive: Account, nadia: Account, clock: SeededSource
    ) -> None:
        sent = source.now()
        choose(nadia, warnings="extreme")
        warn("A")
        spread()
        OutboxMessage.objects.update(state=OutboxMessage.State.SENT)
        clock.advance(timedelta(minutes=5))
        named = words.refers_to("A", sent)
        warn("B", msgType="Update", references=named)
        spread()
        assert ways(olive) == ["mail", "known"]
        sent = source.now()
        clock.advance(timedelta(minutes=5))
        warn("C", msgType="Update", severity="Extreme", references=words.refers_to("B", sent))
        spread()
        assert ways(olive) == ["mail", "known", "mail"] and ways(nadia) == ["mail"]

    def test_that_was_called_off_is_told_once_to_who_was_warned_by_the_same_way_and_as_loudly(
        self,
        browser: Browser,
        service: Service,
        server: Kept,
        sender: Sender,
        olive: Account,
        nadia: Account,
        clock: SeededSource,
    ) -> None:
        """Olive's browser at night, Nadia's email in Spanish; Farah lives elsewhere and hears nothing of either."""
        make_home(make_account("Farah"), FAR)
        Account.objects.filter(pk=nadia.pk).update(language="es")
        sent = source.now()
        warn("A", severity="Extreme")
        spread()
        deliver(sender)
        quiet(olive)
        choose(nadia, warnings="extreme")
        clock.advance(timedelta(minutes=5))
        named = words.refers_to("A", sent)
        warn("B", msgType="Update", severity="Extreme", references=named)
        spread()
        assert ways(olive) == ["push", "known"] and ways(nadia) == ["mail", "known"], "It only goes on."
        clock.advance(timedelta(minutes=5))
        ended = warn("C", msgType="Cancel", references=words.refers_to("B", sent + timedelta(minutes=5)), infos="-")
        spread()
        Matter.objects.update(done_at=None, told_through=0)
        spread()
        deliver(sender)
        assert ways(olive) == ["push", "known", "push"] and ways(nadia) == ["mail", "known", "mail"]
        first, last = pushed(browser, service)
        assert (first["title"], last["title"]) == ("Official warning", "An official warning is no longer in force")
        assert last["url"] == f"/warnings/{ended.ref}/" and service.came[1].headers["Urgency"] == "high"
        assert [letter["To"] for letter in server.messages] == [nadia.email] * 2
        by = {str(letter["Subject"]): letter for letter in server.messages}
        assert set(by) == {"Extrema: Storm over the harbor", "Cancelada: Storm over the harbor"}
        letter = by["Cancelada: Storm over the harbor"]
        plain = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert "Weather office canceló" in plain and f"/warnings/{ended.ref}/" in plain
        page = Client().get(f"/warnings/{ended.ref}/").content.decode()
        assert "Ended: Storm over the harbor" in page

    def test_whose_source_is_stopped_is_told_to_whoever_was_warned_and_not_that_the_danger_is_over(
        self,
        server: Kept,
        sender: Sender,
        client: Client,
        olive: Account,
        nadia: Account,
        otto: Account,
        clock: SeededSource,
    ) -> None:
        """Farah lives elsewhere and hears nothing; a test and what is over by then are ended alone."""
        make_home(make_account("Farah"), FAR)
        Account.objects.filter(pk=nadia.pk).update(language="es")
        warn("Old", sent=source.now() - timedelta(hours=3))
        warn("Drill", status="Test")
        warning = warn("A")
        spread()
        deliver(sender)
        sources.stop(operator=otto, ref=warning.origin.ref)
        spread()
        deliver(sender)
        spread()
        assert ways(olive) == ways(nadia) == ["mail", "mail"]
        letters = {str(letter["Subject"]): letter for letter in server.messages}
        assert (
            len(server.messages) == 4 and letters["No longer shown here: Storm over the harbor"]["To"] == olive.email
        )
        plain = letters["No longer shown here: Storm over the harbor"].get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert "Goodfences no longer shows the official warning that we sent you." in plain
        assert "It doesn’t say that the danger is over." in plain
        assert "What to do now: Look at what Weather office itself says now." in plain
        spanish = letters["Ya no se muestra aquí: Storm over the harbor"].get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert (
            "Goodfences ya no muestra la advertencia" in spanish and "No dice que el peligro haya pasado" in spanish
        )
        [end] = OfficialWarning.objects.filter(kind="Cancel")
        page = client.get(f"/warnings/{warning.ref}/").content.decode()
        assert "It is no longer shown here:" in page and f"/warnings/{end.ref}/" in page
        page = client.get(f"/warnings/{end.ref}/").content.decode()
        assert "No longer shown: Storm over the harbor" in page and "that the danger is over" in page
        assert not OfficialWarning.objects.filter(ended_at=None).exists()

    def test_that_takes_the_place_of_one_is_told_where_it_says_something_else_or_is_elsewhere(
        self, olive: Account, nadia: Account, clock: SeededSource
    ) -> None:
        make_home(moved := make_account("Farah"), FAR)
        sent = source.now()
        warn("A")
        spread()
        OutboxMessage.objects.update(state=OutboxMessage.State.SENT)
        clock.advance(timedelta(minutes=5))
        warn("B", msgType="Update", severity="Moderate", circle=FAR, references=words.refers_to("A", sent))
        choose(moved, warnings="all")
        spread()
        assert ways(olive) == ways(nadia) == ["mail", "mail"] and ways(moved) == ["mail"]
        over = OutboxMessage.objects.filter(template="warning_over")
        assert {one.to for one in over} == {olive.email, nadia.email}
        assert not over.first().common.context["called_off"]  # type: ignore[union-attr]

    def test_whose_end_comes_before_anybody_heard_of_it_or_after_it_was_over_is_no_news(
        self, olive: Account, nadia: Account, clock: SeededSource
    ) -> None:
        """Nadia's email still waits when the warning is replaced: she hears of what takes its place."""
        quiet(olive, until=time(15, 0))
        sent = source.now()
        warn("A")
        spread()
        OutboxMessage.objects.filter(to=nadia.email).update(state=OutboxMessage.State.SENT)
        clock.advance(timedelta(minutes=5))
        warn("B", msgType="Update", references=words.refers_to("A", sent))
        spread()
        assert ways(olive) == ["mail", "mail"] and ways(nadia) == ["mail", "known"]
        sent = source.now()
        clock.advance(timedelta(hours=3))
        warn("C", msgType="Cancel", references=words.refers_to("B", sent), infos="-")
        spread()
        assert Delivery.objects.filter(is_end=True).count() == 0

    def test_that_is_a_test_or_has_no_place_is_told_to_nobody(self, olive: Account, clock: SeededSource) -> None:
        warn(status="Test")
        warn("W-2", circle=None)
        spread()
        assert ways(olive) == []
        assert public.in_force()[0].identifier == "W-2"


class TestWishes:
    @pytest.mark.parametrize(
        ("field", "value"), [("way", "loud"), ("kinds", ["gossip"]), ("radius_km", 3), ("warnings", "some")]
    )
    def test_that_cant_be_are_refused(self, field: str, value: Any, olive: Account) -> None:
        with pytest.raises(Refused) as caught:
            choose(olive, **{field: value})
        assert [problem.field for problem in caught.value.problems] == [field]

    def test_are_residents_alone(self, omar: Account, max: Account) -> None:
        for account in (omar, max):
            with pytest.raises(NotFound):
                choose(account)

    def test_are_chosen_on_their_page(self, olive: Account) -> None:
        client = signed_in(olive)
        page = client.get("/settings/alerts/").content.decode()
        assert page.count(" checked") == 4, "none of the posts; the severe warnings, at any hour, and by mail"
        form = {"way": "weekly", "kinds": ["missing_pet"], "radius_km": "10", "warnings": "all"}
        assert client.post("/settings/alerts/", {**form, "radius_km": "3"}).status_code == 422
        assert client.post("/settings/alerts/", form).status_code == 302
        wish = AlertWish.objects.get(account=olive)
        assert (wish.way, wish.kinds, wish.radius_km, wish.warnings) == ("weekly", ["missing_pet"], 10, "all")
        assert not wish.extreme_at_any_hour and not wish.warnings_by_mail

    def test_a_link_of_another_purpose_or_a_closed_account_opens_nothing(self, olive: Account) -> None:
        wish = choose(olive, way="daily")
        posts, other = links.sign(wishes.STOP_POSTS, wish.ref), links.sign(wishes.STOP_WARNINGS, wish.ref)
        client = Client()
        assert client.get(f"/e/posts/{other}/").status_code == 404
        assert client.get(f"/e/posts/{posts}/").status_code == 200 and wishes.of(olive).way == "daily"
        assert client.post(f"/e/posts/{posts}/", {"act": "nonsense"}).status_code == 400
        client.post(f"/e/posts/{posts}/", {"act": "stop"})
        assert wishes.of(olive).way == "none"
        client.post(f"/e/posts/{posts}/", {"act": "again"})
        assert wishes.of(olive).way == "daily"
        Account.objects.filter(pk=olive.pk).update(is_active=False)
        assert client.get(f"/e/posts/{posts}/").status_code == 404


def test_what_was_told_is_forgotten_after_a_month_and_isnt_told_again(
    olive: Account, nadia: Account, clock: SeededSource
) -> None:
    choose(olive, way="daily")
    write(nadia)
    warn()
    spread()
    clock.advance(timedelta(days=1))
    spread()
    clock.advance(keeping.DELIVERIES_KEPT + timedelta(days=1))
    assert tasks.run_retention(100) == 3, "the post to Olive, the warning to both"
    Reach.objects.all().delete()
    spread()
    assert not Delivery.objects.exists() and OutboxMessage.objects.count() == 3
    clock.advance(timedelta(days=90))
    assert tasks.run_retention(100) == 1 and not OfficialWarning.objects.exists()
