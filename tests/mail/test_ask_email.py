"""The ask email, as it arrives over SMTP."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import pytest
from django.db import connection, transaction

from goodfences.mail import links
from goodfences.mail.sending import Sender
from goodfences.people.models import Account
from goodfences.source import SeededSource
from goodfences.video_requests import letters
from goodfences.video_requests.models import Ask, VideoRequest
from tests.mail.requests import ask_for, open_request, queue_ask
from tests.mail.servers import Kept

pytestmark = pytest.mark.django_db

PRESS = re.compile(r"must|required|urgent|immediately|obligat|debe\b|urgente|sospech|suspect|suspicious|threat", re.I)


@pytest.fixture(autouse=True)
def afternoon(clock: SeededSource) -> SeededSource:
    return clock


@pytest.fixture
def request_of_omar(omar: Account) -> VideoRequest:
    return open_request(omar)


def sent(sender: Sender, server: Kept, ask: Ask) -> EmailMessage:
    queue_ask(ask)
    sender.run(10)
    [message] = server.messages
    return message


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html_of(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def words(text: str) -> list[str]:
    return re.findall(r"[\w’'-]+", re.sub(r"https?://\S+", " ", text))


class Page(HTMLParser):
    """The words of a page, its links, and every tag and attribute."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.links, self.tags, self.attributes = "", [], set(), []  # type: ignore[var-annotated]
        self._hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        self.text += " "
        self._hidden += tag in ("style", "title")
        self.links += [value for name, value in attrs if name == "href"]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "title")
        self.text += " "

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.text += data


@pytest.mark.parametrize("language", ["en", "es"])
def test_both_twins_say_the_same_word_for_word(
    server: Kept, sender: Sender, request_of_omar: VideoRequest, olive: Account, language: str
) -> None:
    olive.language = language
    message = sent(sender, server, ask_for(request_of_omar, olive))
    assert words(Page(html_of(message)).text) == words(text_of(message))
    links_in_text = re.findall(r"https?://\S+", text_of(message))
    assert sorted(Page(html_of(message)).links) == sorted(links_in_text)
    assert len(links_in_text) == 4


@pytest.mark.parametrize(
    ("language", "first", "thanks"),
    [
        (
            "en",
            "Northgate Police is asking for video recorded near Elm Street. "
            "Sharing is your choice, and nobody will know if you don’t.",
            "making your neighborhood a safer place",
        ),
        (
            "es",
            "Northgate Police pide video grabado cerca de Elm Street. "
            "Compartir es decisión suya, y nadie sabrá si no lo hace.",
            "hacer de su vecindario un lugar más seguro",
        ),
    ],
)
def test_it_begins_with_who_asks_and_that_it_is_a_choice(
    server: Kept,
    sender: Sender,
    request_of_omar: VideoRequest,
    olive: Account,
    language: str,
    first: str,
    thanks: str,
) -> None:
    olive.language = language
    text = text_of(sent(sender, server, ask_for(request_of_omar, olive)))
    assert text.startswith(first + "\n")
    assert thanks in text
    assert not PRESS.search(text)


def test_it_names_agency_officer_case_area_window_and_entry(
    server: Kept, sender: Sender, request_of_omar: VideoRequest, olive: Account
) -> None:
    text = text_of(sent(sender, server, ask_for(request_of_omar, olive)))
    assert "Who asks: Officer 4411, Northgate Police\n" in text
    assert (
        "Questions: omar@northgate-police.example (if you call or write, they will know that you were asked)\n"
        in text
    )
    assert "About: Burglary, case 2026-1182\n" in text
    assert "Where: Elm Street\n" in text
    assert "When: Monday, November 23, 6:00 pm to 8:00 pm (EET)\n" in text
    assert "In their words: “Two people in dark jackets left through the back garden with a gray bag.”\n" in text
    assert "Public record: entry 123\n" in text
    assert "closes on Tuesday, December 1." in text


def test_the_window_is_told_in_the_readers_zone_and_tongue(
    server: Kept, sender: Sender, omar: Account, olive: Account
) -> None:
    olive.language, olive.time_zone = "es", "America/Los_Angeles"
    request = open_request(
        omar,
        starts_at=datetime(2026, 11, 24, 7, 30, tzinfo=UTC),
        ends_at=datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
    )
    text = text_of(sent(sender, server, ask_for(request, olive)))
    assert "Cuándo: lunes 23 de noviembre, 23:30 a martes 24 de noviembre, 01:00 (PST)\n" in text
    assert "Sobre: Robo en una casa o local, caso 2026-1182\n" in text


def test_each_owner_gets_links_of_their_own(
    server: Kept, sender: Sender, request_of_omar: VideoRequest, olive: Account, stranger: Account
) -> None:
    asks = {ask_for(request_of_omar, owner).ref: owner.email for owner in (olive, stranger)}
    for ask in Ask.objects.all():
        queue_ask(ask)
    sender.run(10)
    for message in server.messages:
        token = re.findall(r"/e/([^/\s]+)/\n", text_of(message))[0]
        ref = links.read(letters.DECLINE, token)
        assert asks[ref] == message["To"]
        assert message["Message-ID"] == f"<{ref}@goodfences.example>"
    assert len(server.messages) == 2


def test_it_loads_nothing_and_tracks_nothing(
    server: Kept, sender: Sender, request_of_omar: VideoRequest, olive: Account
) -> None:
    message = sent(sender, server, ask_for(request_of_omar, olive))
    page = Page(html_of(message))
    assert not page.tags & {"img", "script", "link", "iframe", "object", "video", "picture", "svg", "form", "base"}
    assert not {name for name, _ in page.attributes} & {"src", "srcset", "background", "poster", "data", "action"}
    assert "url(" not in html_of(message) and "@import" not in html_of(message)
    assert all(link.startswith("http://127.0.0.1:8000/") for link in page.links)


def test_it_reads_in_dark_mode_and_on_a_narrow_screen(
    server: Kept, sender: Sender, request_of_omar: VideoRequest, olive: Account
) -> None:
    html = html_of(sent(sender, server, ask_for(request_of_omar, olive)))
    assert "prefers-color-scheme: dark" in html
    assert "width=device-width" in html
    assert not re.search(r"[^-]width:\s*\d+px", html)


def test_share_and_decline_wear_the_same_clothes(
    server: Kept, sender: Sender, request_of_omar: VideoRequest, olive: Account
) -> None:
    html = html_of(sent(sender, server, ask_for(request_of_omar, olive)))
    ways = re.findall(r'<a class="way" href="[^"]+" (style="[^"]+")>', html)
    assert len(ways) == 3 and len(set(ways)) == 1


def test_mail_programs_can_stop_it_by_themselves(
    server: Kept, sender: Sender, request_of_omar: VideoRequest, olive: Account, settings: Any
) -> None:
    settings.SITE_URL, settings.SECURE = "https://fences.example", True
    message = sent(sender, server, ask := ask_for(request_of_omar, olive))
    found = re.fullmatch(r"<https://fences\.example/e/stop/([^/]+)/>", message["List-Unsubscribe"])
    assert found and links.read(letters.STOP, found[1]) == ask.ref
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"


def test_one_click_is_not_offered_without_https(
    server: Kept, sender: Sender, request_of_omar: VideoRequest, olive: Account
) -> None:
    message = sent(sender, server, ask_for(request_of_omar, olive))
    assert message["List-Unsubscribe-Post"] is None


def test_the_ask_is_sent_once_its_mail_left(
    server: Kept, sender: Sender, request_of_omar: VideoRequest, olive: Account
) -> None:
    ask = ask_for(request_of_omar, olive)
    sent(sender, server, ask)
    ask.refresh_from_db()
    assert ask.state == "sent" and ask.sent_at is not None


def test_an_ask_that_was_opened_on_the_page_first_stays_opened(
    server: Kept, sender: Sender, request_of_omar: VideoRequest, olive: Account
) -> None:
    ask = ask_for(request_of_omar, olive)
    Ask.objects.update(state="opened")
    sent(sender, server, ask)
    ask.refresh_from_db()
    assert ask.state == "opened"


NASTY = "</p><script>alert(1)</script> {{ settings.SECRET_KEY }} {% now 'Y' %} & \"quotes\""


def test_what_an_officer_writes_is_only_ever_text(
    server: Kept, sender: Sender, omar: Account, olive: Account
) -> None:
    request = open_request(omar, reason=f"{NASTY} in a reason that is long enough", place_name=NASTY)
    message = sent(sender, server, ask_for(request, olive))
    assert "script" not in Page(html_of(message)).tags
    assert NASTY in text_of(message)
    assert NASTY in Page(html_of(message)).text
    assert NASTY in message["Subject"]


@pytest.mark.parametrize(
    "injected", ["Elm\r\nBcc: sam@harbor.example", "Elm\nX-Evil: 1\n\nbody", "Elm\r\n\r\n<b>", "Elm\x00\x0b\u2028x"]
)
def test_a_line_break_in_a_name_makes_no_header(
    server: Kept, sender: Sender, omar: Account, olive: Account, injected: str
) -> None:
    refused = connection.features.prohibits_null_characters_in_text_exception
    if refused and "\0" in injected:
        with pytest.raises(refused[0], match="NUL"), transaction.atomic():
            open_request(omar, place_name=injected)
        injected = injected.replace("\0", "")
    request = open_request(omar, place_name=injected)
    queue_ask(ask_for(request, olive))
    sender.run(10)
    assert len(server.messages) == 1
    for message in server.messages:
        assert message["Bcc"] is None and message["X-Evil"] is None
        assert message.get_content_type() == "multipart/alternative"
        assert message["To"] == "olive@example.org"


def test_a_reason_that_mail_programs_would_make_a_link_of_stays_on_the_page(
    server: Kept, sender: Sender, omar: Account, olive: Account
) -> None:
    request = open_request(omar, reason="Please see www.evil.example/x or http://evil.example or evil.example")
    message = sent(sender, server, ask_for(request, olive))
    assert "evil" not in text_of(message) and "evil" not in html_of(message)


def test_names_in_any_script_arrive_whole(server: Kept, sender: Sender, omar: Account, olive: Account) -> None:
    agency = open_request(omar).agency
    agency.name = "Policía de Peñasco – 警察 🚓"
    agency.save()
    request = open_request(omar, place_name="Calle Ñandú", ledger_index=124, agency=agency)
    message = sent(sender, server, ask_for(request, olive))
    assert message["Subject"] == "Policía de Peñasco – 警察 🚓 asks for video near Calle Ñandú: it’s your choice"
    assert "Policía de Peñasco – 警察 🚓 is asking" in text_of(message)
    assert "Calle Ñandú" in html_of(message)


def test_every_line_fits_any_mail_server(
    server: Kept, sender: Sender, omar: Account, olive: Account, tmp_path: Any
) -> None:
    request = open_request(omar, reason="long " * 300, place_name="Ñ" * 80)
    sent(sender, server, ask_for(request, olive))
    [raw] = [path.read_bytes() for path in (tmp_path / "maildir" / "new").iterdir()]
    body = raw.partition(b"\n\n")[2]
    assert max(len(line.rstrip(b"\r")) for line in body.split(b"\n")) <= 76
    assert raw.isascii()
