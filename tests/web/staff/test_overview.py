"""Otto sees how the instance is doing, and decides on mail whose fate is uncertain."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from goodfences import source
from goodfences.ledger import actions as ledger
from goodfences.mail.models import OutboxMessage, Suppression
from goodfences.worker import beat_file
from tests.mail.conftest import queue
from tests.pages import Page

__all__ = ["queue"]
State = OutboxMessage.State


@pytest.fixture(autouse=True)
def state(settings: Any, tmp_path: Path) -> None:
    settings.STATE = tmp_path


def overview(client: Client) -> Page:
    return Page(client.get("/staff/"))


@pytest.fixture
def uncertain(queue: Any) -> OutboxMessage:
    row: OutboxMessage = queue("note:1")
    OutboxMessage.objects.update(state=State.UNCERTAIN, last_error="The connection broke.", attempts=1)
    return row


class TestTheWorker:
    def test_that_never_ran_is_called_so(self, operator: Client) -> None:
        assert "has never been at work here not running" in overview(operator).text

    @pytest.mark.parametrize(("ago", "late"), [(30, False), (90, True)])
    def test_is_late_after_a_minute(self, operator: Client, ago: int, late: bool) -> None:
        beat_file().touch()
        at = (source.now() - timedelta(seconds=ago)).timestamp()
        os.utime(beat_file(), (at, at))
        (said,) = re.findall(r"last at work (.+?) Disk", overview(operator).text)
        assert said.endswith("running") and said.endswith("not running") == late


def test_a_disk_that_runs_full_is_pointed_at(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "less than a tenth" not in overview(operator).text
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 9, "total": 100})())
    assert "9 bytes free of 100 bytes less than a tenth" in overview(operator).text


def test_the_ledgers_last_checkpoint_is_named(operator: Client) -> None:
    assert "nothing signed yet" in overview(operator).text
    ledger.sign_checkpoint()
    assert "1 entry signed," in overview(operator).text


def test_the_mail_is_counted_by_state(operator: Client, queue: Any) -> None:
    for number in range(4):
        queue(f"note:{number}")
    OutboxMessage.objects.filter(once="note:1").update(state=State.SENT)
    OutboxMessage.objects.filter(once="note:2").update(state=State.FAILED)
    Suppression.objects.create(address_digest="0" * 64, reason="No such mailbox.")
    said = overview(operator).text
    for words in ("Waiting 2 the oldest due", "Given up or dropped 1", "Addresses that bounce 1"):
        assert words in said, words
    assert "Sent" not in said  # it would grow by as many as were asked


class TestUncertainMail:
    def test_is_listed_with_what_the_servers_log_calls_it(self, operator: Client, uncertain: OutboxMessage) -> None:
        page = overview(operator)
        assert uncertain.ref in page.text and "The connection broke." in page.text
        assert "olive@example.org" not in page.source

    def test_that_went_out_is_never_sent_again(self, operator: Client, uncertain: OutboxMessage) -> None:
        answer = Page(overview(operator).form("/sent/").send(operator))
        assert "Counted as sent." in answer.text
        uncertain.refresh_from_db()
        assert (uncertain.state, uncertain.to) == (State.SENT, "")
        assert "Every message went out, or waits for its turn." in answer.text

    def test_that_never_went_out_waits_once_more(self, operator: Client, uncertain: OutboxMessage) -> None:
        answer = Page(overview(operator).form("/again/").send(operator))
        assert "It will be sent again." in answer.text
        uncertain.refresh_from_db()
        assert (uncertain.state, uncertain.due_at) == (State.WAITING, source.now())

    def test_is_decided_once(self, operator: Client, uncertain: OutboxMessage) -> None:
        page = overview(operator)
        page.form("/sent/").send(operator)
        assert page.form("/again/").send(operator).status_code == 404
        uncertain.refresh_from_db()
        assert uncertain.state == State.SENT

    def test_has_two_ways_and_no_third(self, operator: Client, uncertain: OutboxMessage) -> None:
        form = overview(operator).form("/sent/")
        form.action = form.action.replace("/sent/", "/burn/")
        assert form.send(operator).status_code == 404

    def test_isnt_decided_without_the_forms_token(self, operator: Client, uncertain: OutboxMessage) -> None:
        assert operator.post(f"/staff/mail/{uncertain.ref}/sent/").status_code == 403
        uncertain.refresh_from_db()
        assert uncertain.state == State.UNCERTAIN

    def test_that_failed_for_good_has_no_buttons(self, operator: Client, uncertain: OutboxMessage) -> None:
        OutboxMessage.objects.update(state=State.FAILED, last_error="No such mailbox.")
        page = overview(operator)
        assert "not sent No such mailbox." in page.text
        assert not [form for form in page.forms if "/staff/mail/" in form.action]
