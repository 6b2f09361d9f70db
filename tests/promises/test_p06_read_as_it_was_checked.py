"""P6: what people read is what the rules read: no text that another reads hides a character or turns around."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.test import Client

from goodfences.agencies import actions as agencies
from goodfences.agencies.models import Agency, AgencyAct
from goodfences.cameras import actions as cameras
from goodfences.cameras.models import Device
from goodfences.errors import Refused
from goodfences.evidence.owner.choosing import told
from goodfences.ledger.models import LedgerEntry
from goodfences.people import actions as people
from goodfences.people.models import Account
from goodfences.video_requests import actions
from goodfences.video_requests.models import VideoRequest
from tests import persons, story
from tests.agencies.conftest import AGREEMENT, CHIEF, ROOKIE, SPRINGFIELD
from tests.web.portal.conftest import form

pytestmark = pytest.mark.django_db(transaction=True)

TURNED = "\u202eelam kcalb\u202c A person ran along the street towards the river with a bag."
HIDDEN = {"turned around": TURNED, "without width": "A per\u200bson ran", "control": "A person\x1b[2K ran"}
Door = Callable[[str], object]


def writes(field: str, text: str, officer: Account) -> object:
    given = replace(story.fields(), **{field: text})
    acting = persons.officer(officer)
    return actions.submit(officer=acting, ref=actions.save_draft(officer=acting, fields=given).ref)


@pytest.fixture
def doors(omar: Account, ada: Account, aggie: Account, otto: Account, olive: Account) -> dict[str, Door]:
    """Every act that keeps a text which others read."""
    story.publish()
    waiting = story.submit(omar, story.fields(case="NG-2026-2")).ref
    boss, approver = persons.officer(aggie), persons.officer(ada)

    def admits(**changes: str) -> object:
        texts = {"agreement_text": AGREEMENT, "signed_by": "The chief"} | {
            name: changes.pop(name) for name in ("agreement_text", "signed_by") if name in changes
        }
        return agencies.admit(
            operator=otto, particulars=replace(SPRINGFIELD, **changes), admin=CHIEF, stricter={}, **texts
        )

    def adds(**changes: str) -> object:
        return agencies.add_officer(acting=boss, particulars=replace(ROOKIE, **changes))

    def tells(field: str) -> Door:
        return lambda text: told({field: text})

    return {
        "request reason": lambda text: writes("reason", text, omar),
        "request contact": lambda text: writes("contact", text + " 555 010 0144", omar),
        "request place": lambda text: writes("place_name", text, omar),
        "request case": lambda text: writes("case_number", text[:30] + "26-1", omar),
        "rejection": lambda text: actions.reject(officer=approver, ref=waiting, reason=text),
        "agency name": lambda text: admits(name=text),
        "agency jurisdiction": lambda text: admits(jurisdiction=text),
        "agency website": lambda text: admits(website="https://springfield.example/" + text.replace(" ", "")),
        "agreement": lambda text: admits(agreement_text=AGREEMENT + text),
        "agreement signed by": lambda text: admits(signed_by=text),
        "agreement renewed": lambda text: agencies.renew(
            operator=otto, slug="northgate-police", agreement_text=AGREEMENT + text, signed_by="The chief"
        ),
        "suspension": lambda text: agencies.suspend(operator=otto, slug="northgate-police", reason=text),
        "officer name": lambda text: adds(name=text),
        "officer title": lambda text: adds(title=text),
        "officer contact": lambda text: adds(contact=text),
        **{f"told {field}": tells(field) for field in ("name", "email", "phone", "address", "note")},
        "own name": lambda text: people.change_settings(
            account=olive, name=text, language="en", time_zone="Europe/Helsinki"
        ),
        "household": lambda text: people.rename_household(account=olive, household_name=text),
        "camera": lambda text: cameras.add_camera(account=olive, name=text[:60], looks_at="street"),
        "device": lambda text: cameras.pair(cameras.start_pairing(account=olive), text[:60]),
    }


NAMES = [
    "request reason", "request contact", "request place", "request case", "rejection", "agency name",
    "agency jurisdiction", "agency website", "agreement", "agreement signed by", "agreement renewed",
    "suspension", "officer name", "officer title", "officer contact", "told name", "told email", "told phone",
    "told address", "told note", "own name", "household", "camera", "device",
]  # fmt: skip


def kept() -> tuple[int, ...]:
    """What counts as kept: a draft that its author alone sees doesn't."""
    sent = VideoRequest.objects.exclude(state=VideoRequest.State.DRAFT)
    counted = (sent, LedgerEntry.objects, AgencyAct.objects, Agency.objects, Device.objects, persons.Camera.objects)
    return tuple(each.count() for each in counted)


def test_every_act_is_tried(doors: dict[str, Door]) -> None:
    assert list(doors) == NAMES


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN.keys())
@pytest.mark.parametrize("name", NAMES)
def test_no_act_keeps_what_reads_otherwise_than_it_was_checked(
    doors: dict[str, Door], olives_home: object, name: str, text: str
) -> None:
    before = kept()
    with pytest.raises(Refused) as refused:
        doors[name](text)
    assert "text.visible" in {problem.rule for problem in refused.value.problems}
    assert kept() == before


def test_the_page_says_which_character_it_was(client_of: Callable[[Account], Client], omar: Account) -> None:
    story.publish()
    page = client_of(omar).post("/portal/requests/new/", form(reason=TURNED, submit="1"))
    assert page.status_code == 422
    assert "U+202E right-to-left override" in page.content.decode()
    assert not VideoRequest.objects.exclude(state="draft").exists()
