"""P1: no live, no ongoing access. Nothing that an officer's sign-in reaches knows cameras, clips or owners."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Collection
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client

from goodfences.cameras.models import Camera, Device
from goodfences.clips import playback
from goodfences.clips.models import Clip, Upload
from goodfences.evidence.models import Share
from goodfences.people.models import Household, Invitation, Membership
from goodfences.video_requests.models import Ask
from goodfences_hub.uploading.network import Network
from tests.promises.crawl import Page, crawl, fine_cells
from tests.web import routes
from tests.web.conftest import everything
from tests.web.everything import Everything

__all__ = ["everything"]

ROOT = Path(__file__).resolve().parent.parent.parent
OFFICERS = ["omar", "ada", "aggie", "audrey", "sam"]
OWNERS = ["olive", "hugo", "stranger", "nadia"]
HIDDEN = {"cameras", "clips", "health"}
HIDDEN_MODELS = {"household", "membership", "invitation", "ask", "matching", "mute", "share"}
CONTRACT = "P1, P2: nothing that an officer's sign-in reaches"

LOOK_AROUND = """
import sys
import django
django.setup()
from django.apps import apps
before = set(sys.modules)
import goodfences.web.portal.urls
names = [name for name in sys.modules if name.startswith(("goodfences.web.portal", "goodfences.evidence.portal"))]
hidden = {model for model in apps.get_models() if model._meta.app_label in {"cameras", "clips", "health"}}
for name in names:
    for value in vars(sys.modules[name]).values():
        if value in hidden if isinstance(value, type) else False:
            print(name, value)
"""


def contracts_of(house: Path) -> str:
    """What import-linter says of a copy of the house."""
    linter = Path(sys.executable).with_name("lint-imports")
    environment = {**os.environ, "PYTHONPATH": str(house / "src")}
    done = subprocess.run(
        [linter, "--no-cache", "--config", str(house / "pyproject.toml")],
        cwd=house,
        env=environment,
        capture_output=True,
        text=True,
    )
    return " ".join(done.stdout.split())


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the code that a test may spoil."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "*.mp4"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_are_kept(house: Path) -> None:
    assert ", 0 broken." in contracts_of(house)


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("web/portal/urls.py", "goodfences.cameras.models"),
        ("web/portal/urls.py", "goodfences.clips.models"),
        ("web/portal/urls.py", "goodfences.health.models"),
        ("web/portal/urls.py", "goodfences.people.models"),
        ("web/portal/urls.py", "goodfences.links.models"),
        ("evidence/portal.py", "goodfences.video_requests.models.ask"),
        ("video_requests/portal.py", "goodfences.video_requests.matching"),
        ("agencies/queries.py", "goodfences.cameras.queries"),
    ],
)
def test_one_import_too_many_breaks_a_contract(house: Path, module: str, forbidden: str) -> None:
    path = house / "src" / "goodfences" / module
    path.write_text(path.read_text() + f"\nimport {forbidden}\n")
    assert f"{CONTRACT} knows cameras, clips, owners or asks BROKEN" in contracts_of(house)


def test_no_module_of_the_portal_holds_a_model_of_cameras_or_clips() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    environment["PYTHONPATH"] += os.pathsep + str(ROOT)
    done = subprocess.run([sys.executable, "-c", LOOK_AROUND], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


def secrets(made: Everything) -> dict[str, bytes]:
    """What no officer may read, by what it is: names of things, of people, and pieces of video."""
    models = (Camera, Device, Clip, Upload, Household, Membership, Invitation, Ask, Share)
    words = {f"{model.__name__} {row.ref}": row.ref for model in models for row in model.objects.all()}
    words |= {f"household {home.pk}": home.name for home in Household.objects.exclude(name="")}
    for name in OWNERS:
        words |= {f"{name}'s address": made.persons[name].email, f"{name}'s name": made.persons[name].name}
    words["the clip's hash"] = made.clip.sha256
    found = {what: word.encode() for what, word in words.items()}
    with playback.open_clip(made.clip) as reader:
        found["the unshared clip"] = middle_of(reader.readall())
    return found | {"its still": middle_of(playback.poster(made.clip))}


def middle_of(data: bytes) -> bytes:
    """Forty bytes of picture, which no other video has."""
    return data[len(data) // 2 :][:40]


def told(pages: dict[str, Page], hidden: dict[str, bytes], drawn: Collection[str] = ()) -> set[str]:
    """Which of the hidden things stand in which pages, but for what the address itself says and what was `drawn`."""
    found = set()
    for page in pages.values():
        content = page.content.replace(page.url.encode(), b"")
        found |= {f"{what} on {page.url}" for what, word in hidden.items() if word in content}
        found |= {f"cell {cell} on {page.url}" for cell in fine_cells(content) - set(drawn)}
    return found


def touched(pages: dict[str, Page]) -> set[str]:
    """Which hidden tables were asked for which pages."""
    tables = {
        model._meta.db_table
        for model in apps.get_models()
        if model._meta.app_label in HIDDEN or model._meta.model_name in HIDDEN_MODELS
    }
    return {
        f"{table} for {page.url}"
        for page in pages.values()
        for query in page.queries
        for table in tables
        if f'"{table}"' in query
    }


def others_accounts(pages: dict[str, Page], own: int) -> set[str]:
    """Queries of accounts other than the signed-in one, and than those of officers."""
    return {
        f"{page.url}: {query}"
        for page in pages.values()
        for query in page.queries
        if '"people_account"' in query
        and f'"people_account"."id" = {own} ' not in query
        and 'INNER JOIN "agencies_officer"' not in query
        and 'FROM "agencies_officer"' not in query
    }


@pytest.mark.parametrize("name", OFFICERS)
def test_no_page_tells_an_officer_of_a_camera_a_clip_or_an_owner(name: str, everything: Everything) -> None:
    account = everything.persons[name]
    pages = crawl(account, everything)
    assert pages["/portal/"].status == 200 and len(pages) > 100
    played = [url for url, page in pages.items() if "video.mp4?pass=" in url and page.status == 200]
    assert bool(played) is (name in ("omar", "ada", "aggie"))
    assert told(pages, secrets(everything)) == set()
    assert touched(pages) == set()
    assert others_accounts(pages, account.pk) == set()


@pytest.mark.parametrize("name", ["otto", "max"])
def test_no_page_shows_the_staff_footage_a_person_or_a_place(name: str, everything: Everything) -> None:
    pages = crawl(everything.persons[name], everything, links=1)
    assert len(pages) > 50
    # Whom an authority's demand names, the operators who answer it have to know (docs/legal-demands.md).
    others = {url: page for url, page in pages.items() if not url.startswith("/staff/legal-demands/")}
    assert told(others, secrets(everything)) == set()
    assert touched({url: page for url, page in pages.items() if url != "/metrics"}) == set(), "but for sums"
    assert not [url for url, page in pages.items() if b"ftyp" in page.content]


@pytest.mark.parametrize("name", ["omar", "ada", "aggie"])
def test_a_package_holds_nothing_of_them_either(name: str, everything: Everything) -> None:
    client = routes.client_for(name, everything.persons)
    package = routes.ask(client, everything, "portal:package", "POST")
    with zipfile.ZipFile(io.BytesIO(package.content)) as bag:
        files = {file: Page(file, 200, bag.read(file), []) for file in bag.namelist()}
    assert len(files) > 5
    area = everything.video.video_request.ranges
    drawn = {f"{cell:x}" for low_high in area for cell in low_high}
    assert told(files, secrets(everything), drawn) == set()


def test_the_same_crawl_tells_olive_of_her_own(everything: Everything) -> None:
    olive = everything.persons["olive"]
    pages, hidden = crawl(olive, everything, links=1), secrets(everything)
    lines = told(pages, hidden)
    known = {what for what in hidden if any(line.startswith(what) for line in lines)}
    assert {"the unshared clip", "its still", "the clip's hash", "hugo's address"} <= known
    assert {f"Camera {everything.camera.ref}", f"Clip {everything.clip.ref}", f"Ask {everything.ask.ref}"} <= known
    assert not {what for what in known if "stranger" in what or everything.declined.ref in what}
    assert any(line.startswith("cell ") for line in lines)
    assert {"cameras_camera for /cameras/", "video_requests_ask for /requests/"} <= touched(pages)


LIVE = re.compile(r"live|stream|rtsp|webrtc|hls|dash|websocket", re.IGNORECASE)


def test_the_network_has_no_route_no_message_and_no_setting_for_live_pictures(client: Client) -> None:
    addresses = {f"{name} {pattern.pattern}" for name, pattern in routes.routes()}
    assert [address for address in addresses if LIVE.search(address)] == []
    description = json.loads(client.get("/api/v1/openapi.json").content)
    told = [*description["paths"], *description["components"]["schemas"]]
    assert [each for each in told if LIVE.search(each)] == []
    assert [name for name in dir(settings) if name.isupper() and LIVE.search(name)] == []


def test_what_the_hub_says_to_the_network_is_about_whole_clips_alone() -> None:
    """And how cameras do, and what its owner decided: reading what is asked, and answering that."""
    says = {name for name in vars(Network) if not name.startswith("_")}
    assert says == {
        "pair",
        "cameras",
        "begin",
        "resume",
        "go_on",
        "finish",
        "clip",
        "tell_health",
        "asks",
        "answer",
        "answer_wanted",
    }


def test_what_it_says_of_cameras_health_has_no_room_for_words(client: Client) -> None:
    """Moments, sizes, counts and one of two words; a ref and a version alone are text, of a form that is checked."""
    schemas = json.loads(client.get("/api/v1/openapi.json").content)["components"]["schemas"]
    wordy, seen, waiting = set(), set(), ["HealthIn"]
    while waiting:
        name = waiting.pop()
        assert schemas[name]["additionalProperties"] is False
        seen.add(name)
        for field, told in schemas[name]["properties"].items():
            inner = json.dumps(told)
            waiting += [each for each in re.findall(r"schemas/(\w+)", inner) if each not in seen]
            if '"string"' in inner and '"format": "date' not in inner and '"enum"' not in inner:
                wordy.add(field)
    assert seen == {"HealthIn", "CameraHealthIn", "GapIn", "SpanIn", "DayIn"}
    assert wordy == {"camera", "version"}
