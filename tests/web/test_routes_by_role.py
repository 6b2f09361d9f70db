"""Every route by every role, as tests/web/routes_by_role.txt says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from django.urls import reverse

from tests.web import routes
from tests.web.answered import answered
from tests.web.everything import Everything

ROOT = Path(__file__).resolve().parents[2]
NOTHING = "AAAAAAAAAAAAAAAAAAAAAA"
OTHER_METHODS = ("HEAD", "PUT", "PATCH", "DELETE")
# allauth and Django answer some of their addresses alike whatever the method, without doing anything.
NOT_OURS = ("account_", "mfa_", "set_language", "api:api-root")
LIST_THEM = "import django; django.setup(); from tests.web.routes import routes; print(*dict(routes()))"
REF = re.compile(r"[\w-]{22}(?=[/.]|$)")
PACKAGES = {"portal:package", "portal:appeal_package"}
BY_LINK = "link_video"
"""Whoever has the link that Olive gave gets its video, and an officer no other than anyone."""

ON_A_POST = {"resident:feed_media_picture", "resident:feed_media_video"}
VIDEO = {
    "olive": {
        *ON_A_POST,
        "resident:feed_video_preview",
        "resident:ask_preview",
        "resident:neighbor_preview",
        "resident:neighbor_video",
        "resident:archive",
        "resident:clip_download",
        "resident:clip_cover_preview",
        "resident:clip_link_preview",
        "media_clip",
        "media_poster",
        "media_stills",
    },
    **dict.fromkeys(("hugo", "stranger", "nadia"), ON_A_POST),
    "omar": {"portal:shared_video_file", "portal:handed_in_file", *PACKAGES},
    "ada": PACKAGES,
    "aggie": PACKAGES,
}
"""Who gets video or stills from which route, of all that `everything` holds. Olive's pass is hers alone."""

ONE_OF_A_KIND = ("anyone", "olive", "omar", "otto", "device")
"""Between them they come to every page that there is."""


def test_every_route_has_a_line_and_every_line_a_route() -> None:
    in_program = {name for name, _ in routes.routes()}
    in_table = {route for route, _ in routes.table()}
    assert in_program - in_table == set(), "think about who may do what there, then add lines for them"
    assert in_table - in_program == set(), "these lines have no route any more"


def test_every_route_has_a_name_of_its_own() -> None:
    names = [name for name, _ in routes.routes()]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(
    "role", [role if role in ONE_OF_A_KIND else pytest.param(role, marks=pytest.mark.slow) for role in routes.ROLES]
)
def test_each_role_is_answered_as_the_table_says(role: str, everything: Everything) -> None:
    table, answers = routes.table(), answered(everything, role).answers
    wrong = []
    for row, answer in answers.items():
        expected = table[row][role] if row in table else routes.NO_SUCH_METHOD
        if answer.shown != expected:
            wrong.append(f"{' '.join(row)}: {answer.shown}, not {expected}")
    assert wrong == []
    assert {route for (route, _), answer in answers.items() if has_video(answer)} == VIDEO.get(role, set()) | {
        BY_LINK
    }


def test_no_other_method_does_anything(everything: Everything) -> None:
    client = routes.client_for("olive", everything.persons)
    table, wrong = routes.table(), []
    for route, _ in routes.routes():
        for method in OTHER_METHODS:
            listed = (route, method) in table or (method == "HEAD" and (route, "GET") in table)
            if listed or route.startswith(NOT_OURS):
                continue
            answer = routes.ask(client, everything, route, method)
            if answer.shown != routes.NO_SUCH_METHOD:
                wrong.append(f"{route} {method}: {answer.shown}")
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("role", ["hugo", "stranger", "ada", "sam", "otto", "device2"])
def test_what_one_may_not_see_answers_as_what_does_not_exist(role: str, everything: Everything) -> None:
    client = routes.client_for(role, everything.persons)
    told_apart = []
    for (route, method), answers in routes.table().items():
        url = routes.address(everything, route)
        nowhere = REF.sub(NOTHING, url)
        if answers[role] != "404" or nowhere == url:
            continue
        hidden = routes.ask(client, everything, route, method)
        missing = routes.ask(client, everything, route, method, nowhere)
        if (hidden.shown, without(url, hidden)) != (missing.shown, without(nowhere, missing)):
            told_apart.append(f"{method} {url}")
    assert told_apart == []


def without(url: str, answer: routes.Answer) -> str:
    """What was answered, without the address that it repeats."""
    return answer.content.decode().replace(quote(url, safe=""), "").replace(quote(url), "")


def has_video(answer: routes.Answer) -> bool:
    """Whether there is an MP4 in it: even a package stores them as they are."""
    return b"ftyp" in answer.content or answer.response.headers.get("Content-Type", "").startswith(("video", "image"))


@pytest.mark.parametrize(("demo", "some"), [("0", False), ("1", True)])
def test_the_demos_routes_are_in_a_demo_alone(demo: str, some: bool, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "GOODFENCES_STATE": str(tmp_path),
        "GOODFENCES_DEMO": demo,
    }
    done = subprocess.run(
        [sys.executable, "-c", LIST_THEM], env=environment, capture_output=True, text=True, check=True
    )
    assert any(name.startswith("demo:") for name in done.stdout.split()) is some
    assert reverse("public:home") == "/"


def test_the_demos_addresses_lead_nowhere(everything: Everything) -> None:
    for role in routes.ROLES:
        client = routes.client_for(role, everything.persons)
        for path in ("/demo/", "/demo/progress/", "/demo/sign-in/olive/", "/demo/mail/"):
            assert client.get(path).status_code == 404
