"""The whole joining of an agency in a real browser: applied, proven by DNS, signed by SSH, announced, commented on,
in force; then its council files a finding and suspends it while its chief is signed in."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from goodfences import source
from goodfences.joining import tasks
from goodfences.joining.models import Application
from goodfences.joining.signed import check
from goodfences.ledger import keys as ledger_keys
from goodfences.people.models import Account
from goodfences.video_requests.publication import publish_policy
from tests.joining import keys
from tests.joining.nameserver import serving
from tests.web.staff.conftest import SPRINGFIELD
from tests.windows import READY, browser, whole, window

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

OUTLINE = json.dumps(
    {"type": "Polygon", "coordinates": [[[24.90, 60.15], [24.99, 60.15], [24.99, 60.19], [24.90, 60.19]]]}
)
FIELDS = {
    **{name: value for name, value in SPRINGFIELD.items() if name not in ("kind", "place", "time_zone")},
    "domain": "springfield.example",
    "responsible": "Carla Chief, Chief of Police",
    "retention_days": "30",
    "oversight_name": "Springfield City Council",
    "oversight_person": "Cora Council",
    "oversight_email": "cora@council.example",
    "applicant_email": "it@springfield.example",
}


def signature_of(statement: Path) -> str:
    """As the page says: by the real ssh-keygen, where this machine has one."""
    program = shutil.which("ssh-keygen")
    if program is None:
        return keys.signature(statement.read_bytes())
    key = statement.with_name("agency_key")
    subprocess.run([program, "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    sign = [program, "-Y", "sign", "-f", str(key), "-n", "goodfences-agreement", str(statement)]
    subprocess.run(sign, check=True, capture_output=True)
    return Path(f"{statement}.sig").read_text()


def test_an_agency_joins_in_public_and_its_council_stops_it(
    browser: Browser, live_server: Any, settings: Any, tmp_path: Path, otto: Account, olive: Account
) -> None:
    settings.NOTICE_DAYS = 14
    publish_policy()
    url = live_server.url
    agency = window(browser, url, width=390)

    agency.goto(f"{url}/record/partners/")
    agency.get_by_role("link", name="Apply as an agency").click()
    for name, value in FIELDS.items():
        agency.locator(f"[name={name}]").fill(value)
    agency.get_by_label("Police", exact=True).check()
    # The map closes the field of coordinates as it comes.
    agency.wait_for_function(READY)
    agency.locator("details:has([name=area]) > summary").click()
    agency.locator("[name=area]").fill(OUTLINE)
    agency.locator("[name=time_zone]").select_option("America/New_York")
    whole(agency)
    agency.get_by_role("button", name="Apply", exact=True).click()

    with serving() as nameserver:
        settings.DNS_RESOLVER = nameserver.address
        agency.get_by_role("button", name="Look it up").click()
        expect(agency.get_by_text("There is no TXT record")).to_be_visible()
        nameserver.records["_goodfences.springfield.example"] = Application.objects.get().code
        agency.get_by_role("button", name="Look it up").click()
        expect(agency.get_by_text("springfield.example is proven")).to_be_visible()
    whole(agency)
    with agency.expect_download() as taken:
        agency.get_by_role("link", name="Download agreement.txt").click()
    statement = tmp_path / "agreement.txt"
    taken.value.save_as(statement)
    agency.locator("[name=signature]").fill(signature_of(statement))
    agency.get_by_role("button", name="Send the signature").click()
    expect(agency.get_by_text("The operator reads it")).to_be_visible()

    operator = window(browser, url, otto, dark=True)
    operator.goto(f"{url}/staff/applications/")
    whole(operator)
    operator.get_by_role("link", name="Springfield Police Department").click()
    whole(operator)
    operator.get_by_role("button", name="Sign and announce").click()
    expect(operator.get_by_text("It is announced.")).to_be_visible()

    resident = window(browser, url, olive, width=390, dark=True)
    resident.goto(f"{url}/record/notices/")
    whole(resident)
    resident.get_by_role("link", name="Springfield Police Department").click()
    whole(resident)
    resident.get_by_role("link", name="Comment on it").click()
    resident.get_by_label("Your comment").fill("Thirty days is long. Could it be two weeks?")
    whole(resident)
    resident.get_by_role("button", name="Publish").click()
    expect(resident.get_by_text("Could it be two weeks?")).to_be_visible()
    signed = json.loads(resident.request.get(f"{resident.url}agreement.json").text())
    assert check(signed, ledger_key=ledger_keys.public_key()).statement == statement.read_text()

    assert tasks.run_due(10) == 0, "it must not take effect before its time"
    Application.objects.update(notice_until=source.now())
    assert tasks.run_due(10) == 1
    chief = window(browser, url, Account.objects.get(email="chief@springfield.example"))
    assert chief.goto(f"{url}/portal/").ok

    council = window(browser, url, Account.objects.get(email="cora@council.example"), width=390)
    council.goto(f"{url}/oversight/")
    whole(council)
    council.get_by_role("link", name="Springfield Police Department").click()
    whole(council)
    council.get_by_role("link", name="File a finding").click()
    council.get_by_label("In one line").fill("Reasons too short")
    council.get_by_label("What you found").fill("Too many requests said too little about why.")
    whole(council)
    council.get_by_role("button", name="Publish").click()
    council.get_by_role("link", name="Suspend").click()
    council.get_by_label("Why").fill("It did not answer our questions.")
    whole(council)
    council.get_by_role("button", name="Suspend and publish").click()
    expect(council.get_by_text("is suspended")).to_be_visible()

    refused = chief.goto(f"{url}/portal/")
    assert refused is not None and refused.status == 404
    resident.goto(f"{url}/record/agencies/springfield-police-department/")
    whole(resident)
    expect(resident.get_by_text("Reasons too short").first).to_be_visible()
    expect(resident.get_by_text("by Springfield City Council", exact=False).first).to_be_visible()
    expect(resident.get_by_text("It has no agreement in force.")).to_be_visible()
