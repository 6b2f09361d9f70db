"""P11: no third parties. Whatever a page, a file or an email holds, nothing in it reaches another host."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from allauth.account.adapter import get_adapter
from allauth.core import context as allauths
from django.conf import settings as django_settings
from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

import goodfences
from goodfences import source
from goodfences.alerts import letters as alerts
from goodfences.alerts import taking
from goodfences.alerts.models import AlertWish
from goodfences.cameras.models import Device
from goodfences.evidence.owner import actions
from goodfences.evidence.owner.choosing import Choice
from goodfences.feed.models import Post
from goodfences.health import letters as silences
from goodfences.health.models import Silence
from goodfences.mail import outbox
from goodfences.mail.sending import Sender
from goodfences.moderation import letters as rulings
from goodfences.moderation.models import Ruling
from goodfences.neighbor_requests import letters as neighbors
from goodfences.neighbor_requests.models import NeighborAsk, NeighborRequest
from goodfences.people import actions as people
from goodfences.people import addresses, browsers, erasure
from goodfences.people import queries as people_of
from goodfences.people.archive import notice
from goodfences.people.models import Account, Archive
from goodfences.people.registry import Part
from goodfences.push.models import Subscription
from goodfences.video_requests import digests
from goodfences.video_requests.models import Ask
from goodfences.worker import DUTIES
from tests import persons
from tests.alerts import words as warnings
from tests.calls import calling
from tests.conftest import NOON
from tests.evidence import after_letters
from tests.mail.conftest import sender, server, state
from tests.mail.requests import ask_for, open_request, queue_ask
from tests.mail.servers import Kept
from tests.pages import Page
from tests.promises import references
from tests.web import routes
from tests.web.answered import OWN, WEBSITE, answered
from tests.web.conftest import everything
from tests.web.everything import PROVIDER, Everything

__all__ = ["everything", "sender", "server", "state"]

pytestmark = pytest.mark.django_db


HERE = {"'self'", "data:", "blob:"}
NONE = {"'none'"}
STRICT = {
    "default-src": {"'none'"},
    "script-src": {"'self'"},
    "style-src": {"'self'"},
    "connect-src": {"'self'"},
    "font-src": {"'self'"},
    "form-action": {"'self'"},
    "base-uri": {"'none'"},
    "frame-ancestors": {"'none'"},
}
"""What each answer's policy must say of these, word for word, or that nothing may; of all else, no more than HERE."""
WAYS_TO_A_PROVIDER = ("/go/", "/officers/sign-in/try/", "/portal/sign-in-again/")
TELLS_OTHERS = ("Link", "Report-To", "Reporting-Endpoints", "NEL", "SourceMap", "X-SourceMap", "Refresh")
"""Headers that make a browser fetch from, or report to, an address."""

ONLY_WORDS = {
    "http://www.w3.org/2000/svg": "the name of an XML vocabulary",
    "http://www.w3.org/1999/xhtml": "the same",
    "https://www.openstreetmap.org/copyright": "the map's credit, a link to follow",
    "https://maplibre.org/": "a link of MapLibre's logo, which no map here shows",
    "https://maplibre.invalid/": "MapLibre's base for addresses without a host; no such host can be",
    "https://github.com/mapbox/mapbox-gl-js/issues/2907": "in a message to developers",
    "https://github.com/maplibre/maplibre-gl-js/blob/v6.17.0/LICENSE.txt": "in a comment",
    "https://github.com/protomaps/PMTiles/tree/main/js": "in a message to developers",
    "https://wiki.openstreetmap.org/wiki/This_map_requires_WebGL": "in a message to readers",
    "https://raw.githubusercontent.com/JamesLMilner/terra-draw/refs/heads/main/assets/markers/marker-blue.png": (
        "the picture of Terra Draw's marker mode, which no map here has"
    ),
}
"""All that the scripts name of other hosts, and why none is ever fetched (the browser test sees to that)."""


def policy_of(headers: Any) -> dict[str, set[str]]:
    directives = [directive.split() for directive in headers["Content-Security-Policy"].split(";")]
    return {name: set(sources) for name, *sources in directives}


def looseness(headers: Any) -> list[str]:
    """What is wrong with the policy of an answer."""
    if "Content-Security-Policy" not in headers:
        return ["no policy at all"]
    policy = policy_of(headers)
    wrong = [
        f"{name} {policy.get(name)}" for name, sources in STRICT.items() if policy.get(name) not in (sources, NONE)
    ]
    return wrong + [f"{name} {sources}" for name, sources in policy.items() if sources - HERE - {"'none'"}]


def strangers(answer: routes.Answer, page: str) -> list[str]:
    """What in the answer's headers and HTML leads to another host, but for Northgate's own website.

    Whoever presses the button that says so is led to the provider at which Northgate's officers sign in.
    """
    headers = answer.response.headers
    onward = headers.get("Location", "")
    found = [f"{name}: {headers[name]}" for name in TELLS_OTHERS if name in headers]
    found += [f"cookie {name}" for name, kept in answer.response.cookies.items() if kept["domain"]]
    is_way = page.endswith(WAYS_TO_A_PROVIDER) and onward.startswith(f"{PROVIDER}?")
    if references.host_of(onward, page) not in (OWN, "") and not is_way:
        found.append(f"Location: {onward}")
    if headers.get("Content-Type", "").startswith(("text/html", "image/svg")):
        for reference in references.in_html(answer.content.decode()):
            is_link = reference.where in ("a href", "input value") and reference.url == WEBSITE
            if not is_link and references.host_of(reference.url, page) != OWN:
                found.append(f"{reference.where}: {reference.url}")
    return found


@pytest.mark.parametrize("role", routes.ROLES)
def test_each_role_is_led_nowhere_else(role: str, everything: Everything) -> None:
    seen = answered(everything, role)
    wrong = []
    for (route, method), answer in seen.answers.items():
        page = f"http://{OWN}{routes.address(everything, route)}"
        problems = looseness(answer.response.headers) + strangers(answer, page)
        wrong += [f"{method} {page}: {problem}" for problem in problems]
    assert wrong == []
    assert seen.calls == [], "the server called somebody to answer"
    assert any(WEBSITE in answer.content.decode(errors="ignore") for answer in seen.answers.values())


@pytest.mark.parametrize(
    ("path", "status"), [("/nothing-here/", 404), ("/i18n/setlang/?next=//evil.example/", 302), ("/%00", 404)]
)
def test_neither_does_an_error(client: Client, path: str, status: int) -> None:
    response = client.get(path)
    answer = routes.Answer("", response.content, response)
    assert response.status_code == status
    assert looseness(response.headers) + strangers(answer, f"http://{OWN}/") == []


def test_nor_a_page_for_a_host_that_is_not_ours(client: Client) -> None:
    response = client.get("/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert b"evil.example" not in response.content
    assert looseness(response.headers) == []


def test_nor_a_page_that_broke(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("goodfences.web.public.views.pages.render", broken)
    client.raise_request_exception = False
    response = client.get("/promises/")
    assert response.status_code == 500
    answer = routes.Answer("", response.content, response)
    assert looseness(response.headers) + strangers(answer, f"http://{OWN}/") == []


def built() -> list[Path]:
    """Every file, each once: one that is kept compressed beside it says the same."""
    found = [path for path in Path(django_settings.FRONTEND_DIST).rglob("*") if path.is_file()]
    assert any(path.suffix == ".js" for path in found), "run `npm run build`"
    for path in found:
        assert path.suffix != ".gz" or gzip.decompress(path.read_bytes()) == path.with_suffix("").read_bytes(), path
    return sorted(path for path in found if path.suffix != ".gz")


def test_static_files_come_with_the_policy_too(client: Client) -> None:
    """A worker obeys the policy that its own script came with, not that of the page that started it."""
    for path in built():
        response = client.get(f"/static/{path.relative_to(django_settings.FRONTEND_DIST).as_posix()}")
        assert response.status_code == 200
        assert looseness(response.headers) == [], path
        response.close()


def test_the_built_files_name_no_other_host() -> None:
    named: set[str] = set()
    for path in built():
        at = f"http://{OWN}/static/{path.name}"
        if path.suffix in (".js", ".map", ".json"):
            named |= references.in_script(path.read_text())
        elif path.suffix == ".css":
            loads = [reference.url for reference in references.in_css(path.read_text())]
            assert [url for url in loads if references.host_of(url, at) not in (OWN, "")] == [], path
        elif path.suffix == ".svg":
            assert list(references.in_html(path.read_text())) == [], path
        else:
            assert path.suffix in (".woff2", ".mp4", ".png"), f"{path} is of a kind that nobody has looked at"
    assert named - ONLY_WORDS.keys() == set(), "say why a browser never fetches it, or take it out"
    assert ONLY_WORDS.keys() - named == set(), "no script names these any more"


KINDS_OF_ALLAUTH = {
    "account_already_exists",
    "email_confirmation",
    "login_code",
    "password_changed",
    "password_reset",
    "password_reset_key",
    "password_set",
    "unknown_account",
}
KINDS_OF_KEYS = {
    "recovery_codes_generated",
    "totp_activated",
    "totp_deactivated",
    "webauthn_added",
    "webauthn_removed",
}
KINDS_OF_OURS = {
    "archive_ready",
    "ask",
    "deletion_asked",
    "helped_reminder",
    "request_helped",
    "video_news",
    "video_question",
    "video_reuse",
    "ask_digest",
    "ask_reminder",
    "email_change_new",
    "email_change_old",
    "erasure_receipt",
    "household_invitation",
    "joining",
    "legal-demand",
    "officer_invited",
    "officer_recheck",
    "moderation",
    "neighbor_ask",
    "neighbor_digest",
    "neighbor_thanks",
    "neighbor_stopped",
    "neighbor_video",
    "new_browser",
    "official_warning",
    "post_digest",
    "silence",
    "silence_over",
    "warning_over",
}
INSTANCE = "https://town.example"
ASKS_FOR_A_RECEIPT = ("Disposition-Notification-To", "Return-Receipt-To", "X-Confirm-Reading-To", "Errors-To")
WRITTEN = {"html", "head", "meta", "title", "style", "body", "div", "p", "h1", "h2", "strong", "span", "br", "a"}
"""The elements of an email that load and send nothing."""


def kinds() -> set[str]:
    """Every kind of email that there is a template for."""
    package = Path(goodfences.__file__).parent
    ours = {path.name.split(".")[0] for path in package.glob("*/templates/mail/*.subject.txt")}
    allauths = [*package.glob("**/account/email/*_message.txt"), *package.glob("**/mfa/email/*_message.txt")]
    return ours | {path.name.removesuffix("_message.txt") for path in allauths} - {"base"}


def test_no_kind_of_email_is_left_out() -> None:
    assert kinds() == KINDS_OF_OURS | KINDS_OF_ALLAUTH | KINDS_OF_KEYS


def write_later(ask: Ask, owner: Account) -> None:
    """The emails about an ask that come at a time which the owner chose."""
    line, stop = digests._line(ask, owner.language), f"{INSTANCE}/e/x/"
    contexts = {"ask_digest": {"asks": [line], "number": 1, "stop": stop}, "ask_reminder": {**line, "stop": stop}}
    with transaction.atomic():
        for kind, context in contexts.items():
            send = {"language": owner.language, "time_zone": owner.time_zone}
            outbox.queue(once=kind, to=owner.email, template=kind, context=context, **send)


def write_alerts(account: Account) -> None:
    """A warning's, that it is over, and the digest of a day with one post."""
    taken = taking.take(origin=warnings.weather(), data=warnings.warning())
    assert taken is not None
    wish = AlertWish.objects.create(account=account, way="daily")
    post = Post(
        kind="hazard", title="Ice at www.example.com", written_at=source.now(), outcome="sanded", ref="p" * 22
    )
    with transaction.atomic():
        alerts.warn(taken, [(account, wish, source.now())])
        alerts.say_over(taken, [taken], [(account, wish, source.now())], not_after=taken.expires_at)
        alerts.digest(account=account, wish=wish, ref="one", posts=[post], more=2)


def write_of_neighbors(owner: Account) -> None:
    """About a neighbor's own request, to its owners and back; and what a moderator ruled."""
    now, home = source.now(), owner.households.get()
    request = NeighborRequest(
        asker=owner,
        household=home,
        kind="car_hit",
        reason="My parked car was hit, see www.example.com.",
        starts_at=now - timedelta(hours=2),
        ends_at=now,
        cell=home.cell,
        radius_meters=150,
        expires_at=now + timedelta(days=3),
    )
    ask = NeighborAsk(request=request, owner=owner, household=home)
    [contact] = people_of.owners_of([home.pk]).values()
    line, stop = neighbors.line(ask, owner.language), f"{INSTANCE}/e/x/"
    contexts = {
        neighbors.DIGEST: {"asks": [line], "number": 1, "stop": stop},
        neighbors.VIDEO: {**line, "page": stop},
        neighbors.THANKS: {"said": "Thank you", "page": stop},
        neighbors.STOPPED: {**line, "why": neighbors.quoted("It isn't about www.example.com."), "page": stop},
    }
    ruled = rulings._message(owner, "ruling", ("A ruling", ["A line of it."]), Ruling())
    with transaction.atomic():
        outbox.queue_many([neighbors.message(ask, contact), ruled])
        for kind, context in contexts.items():
            send = {"language": owner.language, "time_zone": owner.time_zone}
            outbox.queue(once=kind, to=owner.email, template=kind, context=context, **send)


def write_of_agencies(reader: Account) -> None:
    """To who applies, to officers, and about a demand of an authority."""
    page, name = f"{INSTANCE}/x/", {"instance_name": "Town", "agency": "Northgate Police"}
    said = {"name": "Northgate Police", "link": page, "days": 14, "reason": "See www.example.com."}
    contexts = {
        "joining": name | said | {"what": "refused"},
        "officer_invited": name | {"shown_as": "Officer 7", "role": "requester", "link": page},
        "officer_recheck": name | {"again": False, "quarter": "2026-Q4", "due_at": NOON.isoformat(), "link": page},
        "legal-demand": {"subject_line": "A demand", "lines": ["A court demanded data."], "look": page},
    }
    with transaction.atomic():
        for kind, context in contexts.items():
            send = {"language": reader.language, "time_zone": reader.time_zone}
            outbox.queue(once=kind, to=reader.email, template=kind, context=context, **send)


def write_of_account(account: Account) -> None:
    """Those about the account itself and what is kept for it."""
    now = source.now()
    for browser in ("one", "another"):
        browsers.signed_in(account=account, token=browser, agent="Firefox/1 Linux", session_key="")
    addresses.ask(account=account, new_email="other@example.org")
    erasure.erase_part(account=account, part=Part(starts_at=now - timedelta(hours=1), ends_at=now))
    with transaction.atomic():
        notice.ready(Archive(pk=1, account=account, expires_at=now + timedelta(days=7)))


@pytest.fixture
def letters(
    server: Kept, sender: Sender, settings: Any, omar: Account, olive: Account, olives_device: Device
) -> Callable[[str], list[EmailMessage]]:
    """`letters(language)` writes every kind of email in it; they come as they arrived."""
    settings.SITE_URL, settings.SECURE = INSTANCE, True
    settings.EMAIL_BACKEND = "goodfences.mail.backend.OutboxBackend"

    def write(language: str) -> list[EmailMessage]:
        Account.objects.update(language=language)
        olive.refresh_from_db()
        ask = ask_for(open_request(omar), olive)
        queue_ask(ask)
        write_later(ask, olive)
        after_letters.write(ask)
        write_of_account(olive)
        people.invite_member(account=olive, email="new@example.org")
        now, home = source.now(), olive.households.get()
        silence = Silence(household=home, device=olives_device, since=now, seen_again_at=now)
        with transaction.atomic():
            silences.tell(home.pk, [silence])
            silences.tell_back(home.pk, [silence])
        write_alerts(olive)
        write_of_neighbors(olive)
        write_of_agencies(olive)
        given = {
            "user": olive,
            "code": "BCD-FGH",
            "password_reset_url": f"http://{OWN}/accounts/password/reset/key/1-abc/",
            "signup_url": f"http://{OWN}/accounts/signup/?from=email",
        }
        request = RequestFactory().get("/")
        with translation.override(language), allauths.request_context(request):
            for kind in sorted(KINDS_OF_ALLAUTH):
                get_adapter().send_mail(f"account/email/{kind}", olive.email, given)
            for kind in sorted(KINDS_OF_KEYS):
                get_adapter().send_mail(f"mfa/email/{kind}", olive.email, given)
        while sender.run(50):
            pass
        return server.messages

    return write


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_email_loads_or_tells_anything(letters: Callable[[str], list[EmailMessage]], language: str) -> None:
    with calling() as calls:
        arrived = letters(language)
    assert len(arrived) == len(kinds())
    for letter in arrived:
        subject = letter["Subject"]
        assert [name for name in ASKS_FOR_A_RECEIPT if name in letter] == [], subject
        parts = [part for part in letter.walk() if not part.is_multipart()]
        assert {part.get_content_type() for part in parts} <= {"text/plain", "text/html"}, subject
        assert [part.get_filename() for part in parts if part.is_attachment()] == [], subject
        for part in parts:
            assert elsewhere(part.get_content(), part.get_content_type()) == [], subject
        assert elsewhere(str(letter.get("List-Unsubscribe", "")), "text/plain") == [], subject
    to = {("127.0.0.1", django_settings.EMAIL_PORT)}
    assert {where for event, where in calls if event == "socket.connect"} == to


SIGNATURE = re.compile(r"[A-Za-z0-9+/]{60,}={0,2}")
"""Of a receipt, in Base64, which may hold two slashes side by side."""


def elsewhere(content: str, kind: str) -> list[str]:
    """What in an email leads to another host, loads anything, or tells more than its path does."""
    content = SIGNATURE.sub("", content)
    found = [url for url in references.ABSOLUTE.findall(content) if not url.startswith(f"{INSTANCE}/")]
    found += [url for url in references.ABSOLUTE.findall(content) if "?" in url or "#" in url]
    if kind == "text/html":
        elements = Page(content).elements
        found += [tag for tag, _ in elements if tag not in WRITTEN]
        loads = [name for _, attributes in elements for name in attributes if name in ("src", "srcset", "background")]
        styles = [attributes.get("style", "") for _, attributes in elements]
        found += loads + [each.url for style in [content, *styles] for each in references.in_css(style)]
    return found


def test_a_request_to_another_name_puts_no_other_link_into_an_email(
    olive: Account, settings: Any, mailoutbox: list[Any]
) -> None:
    settings.SITE_URL = INSTANCE
    settings.ALLOWED_HOSTS = ["*"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    for path, address in [
        ("account_reset_password", olive.email),
        ("account_reset_password", "nobody@example.org"),
        ("account_signup", olive.email),
        ("account_signup", "new@example.org"),
    ]:
        Client().post(reverse(path), {"email": address}, headers={"host": "evil.example"})
    assert len(mailoutbox) == 4
    assert all("evil" not in message.body for message in mailoutbox)
    assert f"{INSTANCE}/accounts/password/reset/key/" in mailoutbox[0].body
    assert f"{INSTANCE}/accounts/signup/" in mailoutbox[1].body


BINARY = (".mp4", ".c2pa", ".tsr", ".tst")
VOCABULARIES = (
    "https://ontology.unifiedcyberontology.org/",
    "https://ontology.caseontology.org/",
    "http://www.w3.org/",
)
"""By which case.jsonld names its terms; nothing fetches them."""


def test_a_package_names_no_other_host(everything: Everything, client: Client, settings: Any) -> None:
    settings.SITE_URL = INSTANCE
    persons.sign_in(client, everything.persons["omar"])
    response = client.post(reverse("portal:package", args=[everything.video.video_request.ref]))
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as package:
        texts = {name: package.read(name).decode() for name in package.namelist() if not name.endswith(BINARY)}
    named = {url for text in texts.values() for url in references.ABSOLUTE.findall(text) if "://" in url}
    assert any(name.endswith("/README.txt") for name in texts)
    named = {url for url in named if not url.startswith(VOCABULARIES)}
    assert named == {f"{INSTANCE}{reverse('public:verify')}"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("notified", [False, True])
def test_the_worker_calls_the_mail_server_and_nobody_else(
    notified: bool, everything: Everything, server: Kept
) -> None:
    """But for the service that brings notifications to a browser in which somebody asked for them."""
    if not notified:
        Subscription.objects.all().delete()
    with transaction.atomic():
        queue_ask(everything.ask)
    actions.share(
        account=everything.persons["olive"],
        ask_ref=everything.ask.ref,
        cuts=[Choice(everything.clip.ref, 0, 1000)],
        told={},
    )
    with calling() as calls:
        done = {duty.name: duty.load()(duty.limit) for duty in DUTIES}
    assert done["mail"] and done["shares"], "there was nothing to do"
    assert server.messages
    asked_for = {("push.example", 443)} if notified else set()
    assert {where for _, where in calls} == {("127.0.0.1", django_settings.EMAIL_PORT), *asked_for}
