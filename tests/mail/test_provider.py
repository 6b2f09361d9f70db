"""From the outbox to a provider's API over real HTTP, and what is written down."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from goodfences.mail import provider, providers
from goodfences.mail.models import OutboxMessage, Suppression
from goodfences.mail.sending import Sender
from goodfences.source import SeededSource
from tests.mail.providers import INACTIVE, TAKEN, Api, provider_api
from tests.mail.servers import free_port

pytestmark = pytest.mark.django_db
Queue = Callable[..., OutboxMessage]


@pytest.fixture
def name(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The provider in use."""
    for variable, value in (("ACCESS_KEY_ID", "k"), ("SECRET_ACCESS_KEY", "s"), ("DEFAULT_REGION", "eu-north-1")):
        monkeypatch.setenv(f"AWS_{variable}", value)
    return getattr(request, "param", "postmark")


@pytest.fixture
def api(settings: Any, name: str) -> Iterator[Api]:
    """The provider's API, which the outbox sends to."""
    with provider_api() as api:
        settings.MAIL_PROVIDER, settings.MAIL_PROVIDER_SECRET = name, "the token"
        settings.MAIL_PROVIDER_URL = api.url
        yield api


@pytest.fixture
def sender(state: Any, settings: Any, db: None) -> Iterator[Sender]:
    """A worker's sender by the provider."""
    sender = Sender(provider.ProviderTransport, lanes=1)
    yield sender
    sender.close()


def test_a_message_arrives(api: Api, sender: Sender, queue: Queue) -> None:
    row = queue(text="Grüße, Olive.\n", headers={"List-Unsubscribe": "<https://goodfences.example/stop>"})
    assert sender.run(10) == 1
    [call] = api.calls
    assert call.path == "/email"
    assert call.headers["X-Postmark-Server-Token"] == "the token"
    assert (call.json["To"], call.json["Subject"]) == ("olive@example.org", "A note")
    assert call.json["TextBody"] == "Grüße, Olive.\n"
    headers = {header["Name"]: header["Value"] for header in call.json["Headers"]}
    assert headers["Message-ID"] == f"<{row.ref}@goodfences.example>"
    assert headers["List-Unsubscribe"] == "<https://goodfences.example/stop>"
    assert headers["X-PM-KeepID"] == "true"


def test_it_is_written_down_as_sent_and_its_person_forgotten(api: Api, sender: Sender, queue: Queue) -> None:
    row = queue()
    sender.run(10)
    row.refresh_from_db()
    assert (row.state, row.provider_id, row.to, row.context) == ("sent", "pm-1", "", {})


def test_the_providers_trackers_are_off(api: Api, sender: Sender, queue: Queue) -> None:
    queue()
    sender.run(10)
    assert api.calls[0].json["TrackOpens"] is False
    assert api.calls[0].json["TrackLinks"] == "None"


def test_events_will_name_the_message(api: Api, sender: Sender, queue: Queue) -> None:
    row = queue()
    sender.run(10)
    assert api.calls[0].json["Metadata"] == {"ref": row.ref}


@pytest.mark.parametrize("answer", ["hang up", "nonsense", (500, {}), (502, {}), (504, {}), (307, {})])
def test_a_call_without_a_clear_answer_is_never_repeated(
    api: Api, sender: Sender, queue: Queue, clock: SeededSource, answer: Any
) -> None:
    api.answer = lambda call: answer
    row = queue()
    sender.run(10)
    row.refresh_from_db()
    assert row.state == "uncertain"
    api.answer = lambda call: (200, TAKEN["postmark"])
    clock.advance(timedelta(days=1))
    sender.run(10)
    assert len(api.calls) == 1


@pytest.mark.parametrize(
    "answer", [(401, {}), (403, {}), (422, {"ErrorCode": 10, "Message": "x"}), (429, {}), (503, {})]
)
def test_a_message_that_was_not_taken_is_tried_later(
    api: Api, sender: Sender, queue: Queue, clock: SeededSource, answer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider, "_REST_SECONDS", 0.0)
    sender._transports[0]._rest_seconds = 0.0  # type: ignore[attr-defined]
    api.answer = lambda call: answer
    row = queue()
    sender.run(10)
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("waiting", 1)
    api.answer = lambda call: (200, TAKEN["postmark"])
    clock.advance(timedelta(minutes=2))
    assert sender.run(10) == 1
    assert len(api.calls) == 2


def test_a_provider_in_trouble_costs_one_message_and_not_the_queue(api: Api, sender: Sender, queue: Queue) -> None:
    api.answer = lambda call: (500, {})
    for number in range(5):
        queue(f"note:{number}")
    sender.run(10)
    states = list(OutboxMessage.objects.order_by("pk").values_list("state", "attempts"))
    assert states == [("uncertain", 0), *[("waiting", 0)] * 4]


def test_a_refused_address_is_not_written_to_again(api: Api, sender: Sender, queue: Queue) -> None:
    api.answer = lambda call: (422, INACTIVE)
    row = queue()
    sender.run(10)
    row.refresh_from_db()
    assert row.state == "failed" and row.bounced_at is not None
    assert Suppression.objects.count() == 1


def test_a_refusal_in_unknown_words_is_no_success(api: Api, sender: Sender, queue: Queue) -> None:
    api.answer = lambda call: (422, {**INACTIVE, "Message": "That one is inactive."})
    row = queue()
    sender.run(10)
    row.refresh_from_db()
    assert row.state == "waiting" and "inactive" in row.last_error


def test_a_message_that_is_too_large_fails(api: Api, sender: Sender, queue: Queue) -> None:
    api.answer = lambda call: (413, {})
    row = queue()
    sender.run(10)
    row.refresh_from_db()
    assert row.state == "failed" and not Suppression.objects.exists()


def test_without_the_provider_nothing_is_lost_and_no_try_is_counted(
    api: Api, sender: Sender, queue: Queue, settings: Any, clock: SeededSource
) -> None:
    settings.MAIL_PROVIDER_URL = f"http://127.0.0.1:{free_port()}/"
    row = queue()
    assert sender.run(10) == 0
    row.refresh_from_db()
    assert (row.state, row.attempts, row.claimed_by) == ("waiting", 0, "")
    assert sender._journal.fates().last == {}


def test_the_journal_says_try_before_anything_leaves(api: Api, sender: Sender, queue: Queue) -> None:
    seen: list[dict[int, str]] = []

    def look(call: Any) -> Any:
        seen.append(dict(sender._journal.fates().last))
        return 200, TAKEN["postmark"]

    api.answer = look
    row = queue()
    sender.run(10)
    assert seen == [{row.pk: "try"}]
    assert sender._journal.fates().last == {row.pk: "ok"}


def test_what_is_written_down_of_a_refusal_holds_no_address(api: Api, sender: Sender, queue: Queue) -> None:
    api.answer = lambda call: (401, {"Message": "No such token for olive@example.org"})
    row = queue()
    sender.run(10)
    row.refresh_from_db()
    assert "No such token" in row.last_error and "olive" not in row.last_error


def test_messages_share_one_connection(api: Api, sender: Sender, queue: Queue) -> None:
    for number in range(3):
        queue(f"note:{number}")
    sender.run(10)
    assert len({call.peer for call in api.calls}) == 1


@pytest.mark.parametrize("name", sorted(providers.PROVIDERS), indirect=True)
def test_every_provider_takes_a_message(api: Api, sender: Sender, queue: Queue, name: str) -> None:
    api.answer = lambda call: (200, TAKEN[name])
    row = queue()
    assert sender.run(10) == 1
    row.refresh_from_db()
    assert row.state == "sent" and row.provider_id
    body = api.calls[0].body
    raw = base64.b64decode(json.loads(body)["Content"]["Raw"]["Data"]) if name == "ses" else body
    assert row.ref.encode() in raw


@pytest.mark.parametrize("name", sorted(providers.PROVIDERS), indirect=True)
def test_no_provider_is_called_again_after_a_lost_answer(api: Api, sender: Sender, queue: Queue, name: str) -> None:
    api.answer = lambda call: "hang up"
    row = queue()
    sender.run(10)
    row.refresh_from_db()
    assert (row.state, len(api.calls)) == ("uncertain", 1)


@pytest.mark.parametrize("name", ["ses"], indirect=True)
def test_a_refused_connection_to_amazon_is_tried_later(api: Api, sender: Sender, queue: Queue, settings: Any) -> None:
    settings.MAIL_PROVIDER_URL = f"http://127.0.0.1:{free_port()}/"
    row = queue()
    sender.run(10)
    row.refresh_from_db()
    assert row.state == "waiting"


def test_an_unknown_provider_is_refused_by_name() -> None:
    assert "carrier-pigeon" in providers.problem("carrier-pigeon", "x")
    assert "GOODFENCES_MAIL_PROVIDER_SECRET" in providers.problem("mailgun", "")
    assert providers.problem("ses", "") == providers.problem("postmark", "x") == ""
