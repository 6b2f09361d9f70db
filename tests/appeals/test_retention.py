"""Video that was handed in ends by its agency's published time, unless it is on hold; there is proof of either."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from goodfences.agencies.models import Agency, AgencyAct
from goodfences.appeals import handing, holding, portal, retention, tasks
from goodfences.appeals.models import Appeal, HandIn
from goodfences.errors import NotFound, Refused
from goodfences.evidence import chain
from goodfences.evidence.command import main_receipt
from goodfences.ledger import keys as ledger_keys
from goodfences.ledger.models import LedgerEntry
from goodfences.people.models import Account
from goodfences.source import SeededSource
from goodfences.vault import blobs, orphans
from tests.appeals.test_handing_in import kept
from tests.pages import Page
from tests.persons import officer
from tests.promises.belongings import everything_kept

ClientOf = Callable[[Account], Client]
pytestmark = pytest.mark.django_db(transaction=True)
GROUND = "Order of the county court of November 20"


def test_it_ends_by_the_published_time_after_a_hold_with_a_receipt_for_both_sides(
    appeal: Appeal,
    omar: Account,
    ada: Account,
    clock: SeededSource,
    client_of: ClientOf,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    token = kept(appeal, given=handing.Given(True, False, {"name": "Olive Oak"}))
    video = portal.videos_of(officer(omar), appeal.ref).get()
    days = Agency.objects.get(pk=appeal.agency_id).retention_days
    assert video.kept_at is not None
    assert video.keep_until == video.kept_at + timedelta(days=days)
    receipt = tmp_path / "receipt.json"
    receipt.write_text(json.dumps(video.receipt))
    assert main_receipt([str(receipt), "--key", ledger_keys.public_key()]) == 0
    assert "Handed in for a public appeal of Northgate Police" in capsys.readouterr().out

    clock.advance(timedelta(days=days - 1))
    where = f"/portal/appeals/handed-in/{video.ref}/"
    page = Page(client_of(ada).get(where))
    form = next(form for form in page.forms if form.action.endswith("/hold/"))
    too_long = form.filled("Put it on hold", ground=GROUND, until="2029-01-01")
    refused = client_of(ada).post(form.action, too_long)
    assert refused.status_code == 422
    assert "A hold ends today or later" in Page(refused).text
    until = (clock.now() + timedelta(days=10)).date()
    answer = client_of(ada).post(form.action, {**too_long, "until": until.isoformat()}, follow=True)
    assert GROUND in Page(answer).text
    assert GROUND in Page(Client().get(f"/handed-in/{token}/")).text
    clock.advance(timedelta(days=2))
    assert tasks.run_retention(10) == 0
    with pytest.raises(NotFound):
        holding.lift(officer=officer(omar), video_ref=video.ref)
    holding.lift(officer=officer(ada), video_ref=video.ref)
    with pytest.raises(Refused):
        holding.lift(officer=officer(ada), video_ref=video.ref)
    assert tasks.run_retention(10) == 1
    assert tasks.run_retention(10) == 0

    assert not list(blobs.store().blobs("handed-in"))
    assert "Olive Oak" not in str(list(everything_kept()))
    video.refresh_from_db()
    chain.check(portal.custody.log_of(video))
    kinds = [event.kind for event in video.custody.order_by("sequence")]
    assert [kind for kind in kinds if kind != "viewed"] == ["handed_in", "held", "hold_lifted", "destroyed"]
    on_record = LedgerEntry.objects.filter(kind__startswith="appeal.video_").order_by("index")
    assert [entry.kind for entry in on_record] == ["appeal.video_held", "appeal.video_deleted"]
    assert not any(video.ref in str(entry.body) or GROUND in str(entry.body) for entry in on_record)
    assert AgencyAct.objects.filter(kind__in=["hand_in.held", "hand_in.hold_lifted"]).count() == 2

    ours, theirs = client_of(omar), Client()
    page = Page(ours.get(where))
    assert "the copy kept here was destroyed" in page.text
    assert not any(".mp4" in address for address in page.addresses)
    for browser, at in ((ours, f"{where}deleted.json"), (theirs, f"/handed-in/{token}/deleted.json")):
        receipt.write_bytes(browser.get(at).content)
        assert main_receipt([str(receipt), "--key", ledger_keys.public_key()]) == 0
        assert f"SHA-256 {video.kept_sha256}" in capsys.readouterr().out
    assert "is destroyed, and so is what you wrote with it" in Page(theirs.get(f"/handed-in/{token}/")).text
    with pytest.raises(Refused):
        portal.download(officer=officer(omar), appeal_ref=appeal.ref)
    with pytest.raises(NotFound):
        portal.view(officer=officer(omar), video_ref=video.ref)
    with pytest.raises(Refused):
        holding.hold(officer=officer(ada), video_ref=video.ref, ground=GROUND, until=until)


def test_a_shorter_time_that_the_agency_publishes_holds_for_what_is_there(
    appeal: Appeal, clock: SeededSource
) -> None:
    kept(appeal)
    Agency.objects.filter(pk=appeal.agency_id).update(retention_days=5)
    clock.advance(timedelta(days=5, minutes=1))
    assert retention.run_due(10) == 1
    assert HandIn.objects.get().destroyed_at == clock.now()


@pytest.mark.usefixtures("seen_before")
def test_files_that_no_row_names_go_and_named_ones_stay(appeal: Appeal, monkeypatch: Any) -> None:
    monkeypatch.setattr(tasks, "LEFT_BEHIND", timedelta(days=-4000))  # the files are as old as the machine says
    monkeypatch.setattr(orphans, "_AT_ONCE", 2)
    kept(appeal)
    for number in range(5):
        with blobs.store().create(f"handed-in/2026-11-24/stray{number}.age") as writer:
            writer.write(b"sealed")
            writer.commit()
    assert tasks.run_retention(10) == 5
    assert [blob.name for blob in blobs.store().blobs("handed-in")] == [HandIn.objects.get().blob]
