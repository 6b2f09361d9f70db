"""The mail catcher and the demo's mailbox pages."""

from __future__ import annotations

import os
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from goodfences import demo
from goodfences.demo import mailbox
from goodfences.mail.catcher import catching
from tests.mail.servers import free_port

pytestmark = pytest.mark.urls("tests.mail.demo_urls")


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """A demo town's folder, and its templates, which only a demo has."""
    settings.STATE = tmp_path
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [Path(demo.__file__).parent / "templates"]}]
    return tmp_path


@pytest.fixture
def town(folder: Path) -> Iterator[int]:
    """The port of the town's running catcher."""
    port = free_port()
    with catching(folder / "mailbox", port):
        yield port


def mail(
    port: int, to: str = "olive@example.org", html: str = "<html><head></head><p>Hello <a href='/x'>x</a>"
) -> None:
    message = EmailMessage()
    message["To"], message["Subject"], message["Message-ID"] = to, "A note", "<ref@fences.example>"
    message["Date"] = "Tue, 24 Nov 2026 12:00:00 +0000"
    message.set_content("Hello <b>Olive</b>. http://127.0.0.1/e/token/")
    message.add_alternative(html, subtype="html")
    with smtplib.SMTP("127.0.0.1", port) as session:
        session.sendmail("hello@fences.example", [to], message.as_bytes())


@pytest.mark.django_db
def test_what_was_sent_is_listed_and_shown(town: int, client: Client) -> None:
    mail(town)
    [letter] = mailbox.letters()
    assert (letter.to, letter.subject, letter.ref) == ("olive@example.org", "A note", "ref")
    page = client.get("/demo/mail/").content.decode()
    assert f"/demo/mail/{letter.key}/" in page
    page = client.get(f"/demo/mail/{letter.key}/").content.decode()
    assert "Hello &lt;b&gt;Olive&lt;/b&gt;" in page and 'href="http://127.0.0.1/e/token/"' in page


@pytest.mark.django_db
def test_one_persons_mail_can_be_picked_out(town: int, client: Client) -> None:
    mail(town, to="olive@example.org")
    mail(town, to="nadia@example.org")
    page = client.get("/demo/mail/?to=Nadia").content.decode()
    assert "nadia@example.org" in page and "olive@example.org" not in page


@pytest.mark.django_db
def test_a_message_runs_nothing_and_loads_nothing(town: int, client: Client) -> None:
    mail(town, html="<html><head></head><script>alert(1)</script><img src='https://elsewhere.example/x.gif'>")
    [letter] = mailbox.letters()
    policy = client.get(f"/demo/mail/{letter.key}/html/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "sandbox" in policy
    assert "script" not in policy and "img-src" not in policy and "allow-same-origin" not in policy
    assert "frame-src 'self'" in client.get(f"/demo/mail/{letter.key}/")["Content-Security-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["nothing", "..", "..%2f..%2fsecret_key", "%00"])
def test_a_key_that_is_no_message_is_nothing(town: int, client: Client, key: str) -> None:
    assert client.get(f"/demo/mail/{key}/").status_code == 404
    assert client.get(f"/demo/mail/{key}/html/").status_code == 404


@pytest.mark.django_db
def test_an_empty_mailbox_says_what_will_come(client: Client, folder: Path) -> None:
    assert "Nothing here yet" in client.get("/demo/mail/").content.decode()


def test_what_it_cannot_keep_comes_again_later(town: int, folder: Path) -> None:
    """A disk without room raises OSError, as does a folder that is away."""
    (folder / "mailbox" / "tmp").rmdir()
    with pytest.raises(smtplib.SMTPDataError) as refused:
        mail(town)
    assert refused.value.smtp_code == 452
    (folder / "mailbox" / "tmp").mkdir()
    mail(town)
    assert len(list((folder / "mailbox" / "new").iterdir())) == 1


def test_the_catcher_is_a_program_that_ends_when_asked(tmp_path: Path) -> None:
    port = free_port()
    environment = {**os.environ, "GOODFENCES_STATE": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    program = subprocess.Popen([sys.executable, "-m", "goodfences.demo.catcher", str(port)], env=environment)
    for _ in range(200):
        try:
            mail(port)
            break
        except OSError:
            time.sleep(0.05)
    program.send_signal(signal.SIGTERM)
    assert program.wait(10) == 0
    assert len(list((tmp_path / "mailbox" / "new").iterdir())) == 1
