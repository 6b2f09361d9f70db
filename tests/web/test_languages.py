"""Spanish pages and emails are Spanish from end to end, and their dates read right."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import zoneinfo
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default as modern
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from goodfences import clips, source
from goodfences.alerts import letters as alerts
from goodfences.alerts.models import AlertWish
from goodfences.cameras.models import Camera, Device
from goodfences.clips import refusals
from goodfences.clips.models import Clip
from goodfences.evidence.models import Share
from goodfences.feed.models import Kind, Post
from goodfences.health import actions as health
from goodfences.health import letters as letters_of_silence
from goodfences.health import silences
from goodfences.health.models import Silence
from goodfences.mail import links, outbox, rendering
from goodfences.mail.models import OutboxMessage
from goodfences.neighbor_requests import actions as neighbor_acts
from goodfences.neighbor_requests import digests as neighbor_digests
from goodfences.neighbor_requests import letters as neighbor_letters
from goodfences.neighbor_requests import shares
from goodfences.neighbor_requests.models import NeighborAsk, NeighborRequest, NeighborShare
from goodfences.people import actions as people
from goodfences.people import queries as contacts
from goodfences.people.models import Account
from goodfences.video_requests import digests, letters
from goodfences.video_requests.models import Ask
from goodfences.web import showing
from goodfences.web.public import words as record
from tests import story
from tests.agencies.conftest import AGREEMENT
from tests.environment import child_environment
from tests.evidence import after_letters
from tests.health.words import lost, told, well
from tests.mail.requests import ask_for, open_request, queue_ask
from tests.neighbor_requests import conftest as neighbors
from tests.pages import Page, bytes_of
from tests.web import everything as instance
from tests.web import routes
from tests.web.everything import Everything

pytestmark = pytest.mark.django_db

READERS = ("anyone", "olive", "hugo", "nadia")
ELSEWHERE = ("portal:", "staff:", "joining:", "oversight:", "api:", "demo:", "styleguide", "set_language")
"""English pages, for officers, operators, programs and developers; and the switch between the languages itself."""
SPOKEN = ("title", "alt", "aria-label", "placeholder", "label")
MACHINES = ("code", "pre", "script", "style")
WRITTEN_BY_PEOPLE = (
    *("Olive", "Hugo", "Nadia", "Stranger", "Oak house", "Elm house", "Elm street"),
    *("Street", "Front door", "Hall", "Yard", "Hub", "Another hub"),
    *("Northgate Police", "Harbor Sheriff", "The town", "We ask first.", "The chief", "Mill Street"),
    *("Whose ladder is it?", "It stands at the corner.", "It tells of nothing that anybody did.", "He took my bike."),
    *("Ice on the bridge", "Sand is on its way.", "Gas leak at the market", "Around the market"),
    *("A branch hangs low", "Walk around it.", "Mind your head.", "The city knows.", "The branch is gone", "cut off"),
    *("Thank you for the ladder", "The city came.", "It fell last night."),
    *("Officer 4411", "Sergeant 3102", "Captain 1001", "Auditor 9001", "Deputy 77", story.REASON),
    *(neighbors.REASON, "Thank you kindly."),
    *("Springfield Police Department", "City of Springfield", "Springfield City Council"),
    *("Carla Chief, Chief of Police", "Thirty days is long.", AGREEMENT),
    *("records@springfield.example", "springfield.example"),
    *("District court of the county", "Recordings of one evening in November by the cameras of one household."),
    "The owner had deleted them before the warrant came, and their keys were destroyed.",
    *("Van at the market on Tuesday", "Market Square"),
    "During the market a delivery van rolled into the crowd and drove away toward the bridge. "
    "We look for video of the van and of where it went.",
    "It happened among hundreds of people, and whoever filmed it may live anywhere.",
    *("For discovery in this case.", "The trial is pending.", "He stopped for a second."),
)
"""Names and texts of residents, their cameras and agencies: nobody translates what a person wrote."""
NAMES = (
    "Firefox, Android",
    "Esc",
    "Goodfences",
    "English",
    "Español",
    "UTC",
    "Goodfences demo town",
    "JSON Lines",
    "Parquet",
)
"""Called so in every language."""
ZONES = {name.replace("_", " ") for name in zoneinfo.available_timezones()}
NOT_WORDS = re.compile(
    r"\S+@\S+|https?://\S+|\S*[/_=+]\S*|\b[\w-]{22}\b|\b[0-9a-f]{12,}\b|\bNG-2026-\d+\b|\b[A-Z]{2,}(-\d+)?\b|goodfences"
)
"""Addresses, references, hashes, zones, file formats, the initials of a person."""
ENGLISH = re.compile(
    r"\b(the|and|of|you|your|with|without|this|that|is|are|was|were|not|has|have|from|when|who|what|where|by|for|it"
    r"|on|at|to|an|be|been|request|video|agency|owner|camera)\b(?<!video)",
    re.IGNORECASE,
)


class Words(HTMLParser):
    """What a page says, piece by piece: its text and what is read out or shown on hover."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self._machine = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in MACHINES or "mono" in (given.get("class") or "").split():
            self._machine = self._machine or tag
        self.said += [text for name, text in attrs if name in SPOKEN and text]
        if tag == "meta" and given.get("name") == "description":
            self.said.append(given["content"] or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._machine:
            self._machine = ""

    def handle_data(self, data: str) -> None:
        if not self._machine:
            text = " ".join(data.split())
            self.said += [text] if text not in ZONES else []


def without_what_stays(text: str) -> str:
    """The text without names, references and what people wrote themselves."""
    for kept in sorted((*WRITTEN_BY_PEOPLE, *NAMES), key=len, reverse=True):
        text = text.replace(kept, "")
    return NOT_WORDS.sub("", text)


def leftovers(english: list[str], spanish: list[str]) -> set[str]:
    """Pieces of the Spanish page that stand as they are on the English one, or hold an English word."""
    same = {text for text in set(english) & set(spanish) if re.search(r"[^\W\d_]{2}", without_what_stays(text))}
    return same | {text for text in spanish if ENGLISH.search(without_what_stays(text))}


def pages_of(made: Everything, person: str, method: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """Of every route that answers this person with a page: the route, and what it says in English and in Spanish.

    What is the same for everyone is read once. The page for who isn't signed in is a route of its own, and what isn't
    there looks as in `test_a_page_that_isnt_there_says_so_in_spanish`.
    """
    table = routes.table()
    for route, _ in routes.routes():
        by = table.get((route, method), {})
        shown = by.get(person) not in (None, "in", "401", "404") and (
            person == READERS[0] or len(set(by.values())) > 1
        )
        if shown and not route.startswith(ELSEWHERE):
            english, spanish = (said(made, person, route, method, language) for language in ("en", "es"))
            if spanish:
                yield route, english, spanish


def said(made: Everything, person: str, route: str, method: str, language: str) -> list[str]:
    """What the route's page says, after a form that was sent the page that it leads to; all is as it was again."""
    client = routes.client_for(person, made.persons)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    with transaction.atomic():
        Account.objects.update(language=language)
        address = routes.address(made, route) + (instance.query(made, route) if method == "GET" else "")
        given = instance.posted(made, route, method)
        response = getattr(client, method.lower())(address, follow=True, **given)
        content = bytes_of(response)
        transaction.set_rollback(True)
    is_page = response.headers.get("Content-Type", "").startswith("text/html")
    return Words(content.decode()).said if is_page else []


def test_the_catalogs_are_whole_and_compiled() -> None:
    checked = subprocess.run(
        [sys.executable, "scripts/messages.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
        env=child_environment(),
    )
    assert (checked.returncode, checked.stdout) == (0, "Every string is translated.\n")


@pytest.mark.slow
@pytest.mark.parametrize("person", READERS)
def test_no_page_of_residents_or_the_public_mixes_languages(everything: Everything, person: str) -> None:
    found = {
        f"{method} {route}": leftovers(english, spanish)
        for method in routes.METHODS
        for route, english, spanish in pages_of(everything, person, method)
    }
    assert {page: pieces for page, pieces in found.items() if pieces} == {}
    assert len(found) > 60, len(found)


def test_the_comparison_notices_a_piece_in_english() -> None:
    english, spanish = ["Requests", "Save"], ["Solicitudes", "Save"]
    assert leftovers(english, spanish) == {"Save"}
    assert leftovers([], ["La cámara Street was removed"]) == {"La cámara Street was removed"}
    assert leftovers(["Street", "Northgate Police"], ["Street", "Northgate Police"]) == set()


def test_a_page_that_isnt_there_says_so_in_spanish(client: Client, db: None) -> None:
    page = client.get("/no-such-page/", headers={"Accept-Language": "es-MX,es;q=0.9"})
    assert page.status_code == 404
    assert 'lang="es"' in page.content.decode() and not ENGLISH.search(" ".join(Words(page.content.decode()).said))


class TestEmails:
    """What arrives, line by line: subject, text and HTML."""

    @staticmethod
    def lines(row: OutboxMessage) -> list[str]:
        message = message_from_bytes(rendering.Renderer().render(row), policy=modern)
        plain, html = (message.get_body((kind,)) for kind in ("plain", "html"))
        assert plain is not None
        shown = Words(html.get_content()).said if html else []
        return [str(message["Subject"]), *plain.get_content().splitlines(), *shown]

    def in_both(self, write: Callable[[str], OutboxMessage]) -> tuple[list[str], list[str]]:
        """What one email says in English and in Spanish; `write` is undone in between."""
        said = []
        for language in ("en", "es"):
            with transaction.atomic():
                said.append(self.lines(write(language)))
                transaction.set_rollback(True)
        return said[0], said[1]

    def test_of_an_ask(self, olive: Account, omar: Account, clock: source.SeededSource) -> None:
        def write(language: str) -> OutboxMessage:
            olive.language = language
            return queue_ask(ask_for(open_request(omar, place_name="Mill Street", reason=story.REASON), olive))

        assert leftovers(*self.in_both(write)) == set()

    @pytest.mark.parametrize("number", [1, 2])
    def test_of_the_day_and_of_a_reminder(
        self, number: int, olive: Account, omar: Account, clock: source.SeededSource
    ) -> None:
        request = {"reason": story.REASON, "place_name": "Mill Street"}
        asks = [ask_for(open_request(omar, **request, ledger_index=each), olive) for each in range(number)]
        Ask.objects.update(digest_due_at=source.now())

        def write_day(language: str) -> OutboxMessage:
            Account.objects.filter(pk=olive.pk).update(language=language)
            digests.write_due(10)
            return OutboxMessage.objects.get()

        def write_reminder(language: str) -> OutboxMessage:
            olive.language = language
            digests.remind_once(ask=asks[0], account=olive)
            return OutboxMessage.objects.get()

        for write in (write_day, write_reminder):
            assert leftovers(*self.in_both(write)) == set()
            message = message_from_bytes(rendering.Renderer().render(self.kept(write)), policy=modern)
            plain, html = (message.get_body((kind,)) for kind in ("plain", "html"))
            assert plain is not None and html is not None
            addresses = re.findall(r"https?://[^\s\"]+", plain.get_content())
            assert sorted(addresses) == sorted(re.findall(r'href="(https?://[^"]+)"', html.get_content()))

    def test_of_what_becomes_of_shared_video(self, olive: Account, omar: Account, clock: source.SeededSource) -> None:
        request = {"reason": story.REASON, "place_name": "Mill Street"}
        ask = ask_for(open_request(omar, **request), olive)
        for name in after_letters.writers(ask):

            def write(language: str, name: str = name) -> OutboxMessage:
                ask.owner.language = language
                after_letters.write(ask, (name,))
                OutboxMessage.objects.update(language=language)
                return OutboxMessage.objects.get()

            assert leftovers(*self.in_both(write)) == set(), name
            message = message_from_bytes(rendering.Renderer().render(self.kept(write)), policy=modern)
            plain, html = (message.get_body((kind,)) for kind in ("plain", "html"))
            assert plain is not None and html is not None
            text = re.sub(r"https?://\S+", "", plain.get_content())
            assert Page(html.get_content()).text.split() == text.split(), name

    @pytest.mark.parametrize(
        "template", ["neighbor_ask", "neighbor_digest", "neighbor_video", "neighbor_thanks", "neighbor_stopped"]
    )
    def test_of_a_neighbors_request(self, template: str, everything: Everything) -> None:
        olive, ask = everything.persons["olive"], everything.neighbor_ask
        given = NeighborShare.objects.get(ask=everything.neighbor_given)

        def write(language: str) -> OutboxMessage:
            Account.objects.update(language=language)
            OutboxMessage.objects.all().delete()
            for one in (ask, given):
                one.refresh_from_db()
            if template == "neighbor_ask":
                (contact,) = contacts.owners_of([ask.household_id]).values()
                outbox.queue_many([neighbor_letters.message(NeighborAsk.objects.get(pk=ask.pk), contact)])
            elif template == "neighbor_digest":
                NeighborAsk.objects.filter(pk=ask.pk).update(state="waiting", digest_due_at=source.now())
                neighbor_digests.write_due(10)
            elif template == "neighbor_video":
                shares.tell_asker(NeighborShare.objects.get(pk=given.pk))
            elif template == "neighbor_stopped":
                NeighborRequest.objects.filter(pk=ask.request_id).update(state="open")
                moderator = everything.persons["max"]
                neighbor_acts.stop(moderator=moderator, ref=ask.request.ref, why="Thank you kindly.")
            else:
                neighbor_acts.thank(account=olive, video_ref=everything.neighbor_video.ref, words="Thank you kindly.")
            return OutboxMessage.objects.get(template=template)

        assert leftovers(*self.in_both(write)) == set()

    @staticmethod
    def kept(write: Callable[[str], OutboxMessage]) -> OutboxMessage:
        """The email in English, as a row that is in no database any more."""
        with transaction.atomic():
            row = write("en")
            transaction.set_rollback(True)
        return row

    @pytest.mark.parametrize("kind", ["official_warning", "post_digest"])
    def test_of_alerts(self, kind: str, olive: Account, otto: Account, clock: source.SeededSource) -> None:
        posts = [Post(kind=each, title="Elm street", written_at=source.now(), ref="p" * 22) for each in Kind.values]

        def write(language: str) -> OutboxMessage:
            olive.language = language
            wish = AlertWish.objects.create(account=olive, way="daily")
            if kind == "post_digest":
                alerts.digest(account=olive, wish=wish, ref="one", posts=posts, more=2)
            else:
                alerts.warn(instance.warned(otto), [(olive, wish, source.now())])
            return OutboxMessage.objects.get(template=kind)

        assert leftovers(*self.in_both(write)) == set()

    def test_of_an_invitation(self, olive: Account) -> None:
        def write(language: str) -> OutboxMessage:
            olive.language = language
            people.invite_member(account=olive, email="new@example.org")
            return OutboxMessage.objects.get()

        assert leftovers(*self.in_both(write)) == set()

    @pytest.mark.parametrize("is_lost", [True, False])
    def test_of_a_silence_and_of_its_end(
        self,
        is_lost: bool,
        olive: Account,
        olives_device: Device,
        street_camera: Camera,
        clock: source.SeededSource,
    ) -> None:
        seen = lost(street_camera) if is_lost else well(street_camera)
        health.keep(device=olives_device, told=told(seen))
        clock.advance(timedelta(minutes=1 if is_lost else 40))
        home = olive.households.get()

        def write(language: str) -> OutboxMessage:
            Account.objects.filter(pk=olive.pk).update(language=language)
            silences.begin_due(10)
            return OutboxMessage.objects.get()

        def write_back(language: str) -> OutboxMessage:
            Account.objects.filter(pk=olive.pk).update(language=language)
            silence = Silence(household=home, device=olives_device, since=source.now(), seen_again_at=source.now())
            letters_of_silence.tell_back(home.pk, [silence])
            return OutboxMessage.objects.get()

        assert leftovers(*self.in_both(write)) == set()
        assert leftovers(*self.in_both(write_back)) == set()

    @pytest.mark.parametrize(
        ("path", "email"),
        [
            ("/accounts/login/", "olive@example.org"),
            ("/accounts/login/code/", "olive@example.org"),
            ("/accounts/login/code/", "nobody@example.org"),
            ("/accounts/signup/", "new@example.org"),
            ("/accounts/signup/", "olive@example.org"),
            ("/accounts/password/reset/", "olive@example.org"),
        ],
    )
    def test_of_the_sign_in(self, olive: Account, path: str, email: str, settings: Any) -> None:
        settings.EMAIL_BACKEND = "goodfences.mail.backend.OutboxBackend"

        def write(language: str) -> OutboxMessage:
            Client(headers={"Accept-Language": language}).post(path, {"email": email, "login": email})
            return OutboxMessage.objects.get()

        assert leftovers(*self.in_both(write)) == set()


class TestThePagesBehindTheEmail:
    """Reached without a sign-in, by a browser that may be anybody's."""

    @pytest.fixture
    def ask(self, olive: Account, omar: Account, clock: source.SeededSource) -> Ask:
        Account.objects.filter(pk=olive.pk).update(language="es")
        olive.refresh_from_db()
        return ask_for(open_request(omar, place_name="Mill Street"), olive)

    @staticmethod
    def page(client: Client, purpose: str, ask: Ask) -> Any:
        return client.get(f"/e/{'stop/' * (purpose == letters.STOP)}{links.sign(purpose, ask.ref)}/")

    @pytest.mark.parametrize(
        ("purpose", "heading"), [(letters.DECLINE, "¿Esta vez no?"), (letters.STOP, "¿No recibir más")]
    )
    def test_speak_the_emails_language(self, client: Client, ask: Ask, purpose: str, heading: str) -> None:
        client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
        response = self.page(client, purpose, ask)
        said = Words(response.content.decode()).said
        assert response["Content-Language"] == "es" and any(text.startswith(heading) for text in said)
        assert leftovers([], said) == set()

    def test_and_the_one_that_was_chosen_in_this_browser(self, client: Client, ask: Ask) -> None:
        client.post(reverse("set_language"), {"language": "en"})
        response = self.page(client, letters.DECLINE, ask)
        assert response["Content-Language"] == "en" and "Not this time?" in response.content.decode()


class TestDates:
    NIGHT = datetime(2026, 11, 25, 8, 10, tzinfo=UTC)

    @pytest.fixture(autouse=True)
    def madrid(self) -> Iterator[None]:
        with (
            source.using(source.SeededSource(1, self.NIGHT)),
            timezone.override(ZoneInfo("Europe/Madrid")),
            translation.override("es"),
        ):
            yield

    def test_of_a_moment(self) -> None:
        assert showing.day(self.NIGHT) == "miércoles 25 de noviembre"
        assert showing.moment(self.NIGHT) == "miércoles 25 de noviembre, 9:10"
        assert showing.moment(self.NIGHT, short=True, seconds=True) == "25 nov, 9:10:00"

    def test_of_a_window(self) -> None:
        later = self.NIGHT + timedelta(hours=5)
        assert showing.window(self.NIGHT, later) == "miércoles 25 de noviembre, 9:10 a 14:10"
        tomorrow = self.NIGHT + timedelta(days=1)
        expected = "miércoles 25 de noviembre, 9:10 a jueves 26 de noviembre, 9:10"
        assert showing.window(self.NIGHT, tomorrow) == expected

    def test_of_another_year(self) -> None:
        assert showing.day(self.NIGHT - timedelta(days=365)) == "martes 25 de noviembre de 2025"
        assert record.day(self.NIGHT) == "25 de noviembre de 2026"

    def test_in_the_email(self) -> None:
        said = rendering.words(
            "household_invitation",
            "es",
            "Europe/Madrid",
            {"inviter": "Olive", "household": "", "link": "", "expires_at": self.NIGHT.isoformat()},
        )
        assert "funciona hasta el miércoles 25 de noviembre." in said.text


class TestWhyAVideoWasNotKept:
    @staticmethod
    def reasons() -> Iterator[str]:
        """A sentence for each reason that the code of the decoder gives."""
        for name in ("jail", "sandbox", "examine", "cutting"):
            tree = ast.parse((Path(clips.__file__).parent / f"{name}.py").read_text())
            for call in ast.walk(tree):
                if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ("Unfit", "CutError"):
                    yield from TestWhyAVideoWasNotKept.sentence(call.args[0])
                if isinstance(call, ast.Dict) and any(getattr(key, "value", "") == "unfit" for key in call.keys):
                    yield from TestWhyAVideoWasNotKept.sentence(call.values[0])

    @staticmethod
    def sentence(node: ast.expr) -> Iterator[str]:
        if isinstance(node, ast.Constant):
            yield str(node.value)
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)

    def test_is_said_in_spanish_whatever_it_is(self) -> None:
        found = set(self.reasons())
        assert len(found) > 25
        with translation.override("es"):
            spanish = [refusals.in_words(reason) for reason in found]
        assert leftovers(list(found), spanish) == set()

    def test_keeps_its_figures(self) -> None:
        with translation.override("es"):
            said = refusals.in_words("This video is damaged: 12 of its 90 frames can't be decoded.")
        assert said == "Este video está dañado: 12 de sus 90 fotogramas no se pueden decodificar."

    def test_stands_so_on_the_pages(self, everything: Everything) -> None:
        Clip.objects.filter(pk=everything.clip.pk).update(
            state="deleted", refusal="There is no picture in this video."
        )
        Share.objects.update(state="failed", failure="The clip was deleted before it was handed over.")
        Account.objects.update(language="es")
        client = routes.client_for("olive", everything.persons)
        assert "No hay imagen en este video." in client.get("/home/").content.decode()
        said = Words(client.get("/requests/").content.decode()).said
        assert leftovers([], said) == set()
