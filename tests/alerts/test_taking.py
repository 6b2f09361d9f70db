"""A file becomes a warning; updates and cancellations end what they name, in whatever order they come."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml.signer import XMLSigner

from goodfences import places, source
from goodfences.alerts import command, geocodes, own, public, sources, taking
from goodfences.alerts.cap import reading
from goodfences.alerts.models import OfficialWarning, Severity, WarningSource
from goodfences.demo import warning
from goodfences.errors import NotFound, Refused
from goodfences.people.models import Account
from goodfences.source import SeededSource
from tests.alerts import words
from tests.persons import OLIVES_PLACE, cell

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

FAR = (61.5, 23.8)


def rules(data: bytes, **fields: Any) -> list[str]:
    origin = WarningSource.objects.first() or words.weather(**fields)
    with pytest.raises(Refused) as caught:
        taking.take(origin=origin, data=data)
    return [problem.rule for problem in caught.value.problems]


def test_a_warning_holds_where_and_while_it_says(clock: SeededSource) -> None:
    taken = taking.take(origin=words.weather(), data=words.warning())
    assert taken is not None and taken.severity == Severity.SEVERE and not taken.signed
    here, far = cell(OLIVES_PLACE), cell(FAR)
    assert public.reaching(here) == [taken] and public.reaching(places.coarse(here)) == [taken]
    assert public.reaching(far) == []
    assert public.said(taken, "es")["headline"] == "Storm over the harbor"
    clock.advance(timedelta(hours=2))
    assert public.reaching(here) == [] and not public.is_in_force(taken)
    assert public.warning(taken.ref) == taken
    clock.advance(public.SHOWN_FOR)
    with pytest.raises(NotFound):
        public.warning(taken.ref)


def test_the_same_message_is_taken_once() -> None:
    origin = words.weather()
    assert taking.take(origin=origin, data=words.warning()) is not None
    assert taking.take(origin=origin, data=words.warning(severity="Minor")) is None
    assert OfficialWarning.objects.get().severity == Severity.SEVERE


def test_an_update_takes_the_place_of_what_it_names_and_a_cancellation_ends_it(clock: SeededSource) -> None:
    origin, sent = words.weather(), source.now()
    first = taking.take(origin=origin, data=words.warning("A"))
    clock.advance(timedelta(minutes=5))
    later = source.now()
    update = words.warning("B", msgType="Update", severity="Minor", references=words.refers_to("A", sent))
    second = taking.take(origin=origin, data=update)
    assert public.in_force() == [second]
    assert first is not None and public.warning(first.ref).ended_by == second
    clock.advance(timedelta(minutes=5))
    named = f"{words.refers_to('A', sent)} {words.refers_to('B', later)}"
    end = taking.take(origin=origin, data=words.warning("C", msgType="Cancel", references=named, infos="-"))
    assert public.in_force() == [] and end is not None and not public.is_in_force(end)
    assert public.warning(first.ref).ended_by == second


def test_what_comes_after_its_own_cancellation_never_holds(clock: SeededSource) -> None:
    origin, sent = words.weather(), source.now()
    clock.advance(timedelta(minutes=5))
    cancel = words.warning("B", msgType="Cancel", references=words.refers_to("A", sent), infos="-")
    end = taking.take(origin=origin, data=cancel)
    late = taking.take(origin=origin, data=words.warning("A", sent=sent))
    assert late is not None and late.ended_by == end and public.in_force() == []


def test_nobody_elses_warning_can_be_ended_and_no_test_ends_a_true_one() -> None:
    origin, sent = words.weather(), source.now()
    held = taking.take(origin=origin, data=words.warning("A"))
    other = words.weather(name="Other", senders=["else@example.org"])
    fields = {"msgType": "Cancel", "references": words.refers_to("A", sent), "infos": "-"}
    taking.take(origin=other, data=words.warning("B", sender="else@example.org", **fields))
    taking.take(origin=origin, data=words.warning("C", status="Test", **fields))
    assert public.in_force() == [held]


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("warning.sender", {"sender": "stranger@example.org"}),
        ("warning.status", {"status": "Draft"}),
        ("warning.msg_type", {"msgType": "Ack", "references": "a,b,2026-11-24T12:00:00-00:00"}),
        ("warning.scope", {"scope": "Private", "extra": "<addresses>x</addresses>"}),
        ("warning.info", {"infos": "-"}),
        ("warning.sent", {"sent": datetime(2026, 11, 24, 12, 20, tzinfo=UTC)}),
    ],
)
def test_what_is_no_public_warning_of_the_source_is_refused(rule: str, change: dict[str, Any]) -> None:
    assert rules(words.warning(**change)) == [rule] and not OfficialWarning.objects.exists()


def test_an_exercise_is_kept_apart() -> None:
    taken = taking.take(origin=words.weather(), data=words.warning(status="Exercise"))
    assert public.in_force() == [] and public.tests_under_way() == [taken] and public.latest() == []


def test_the_worst_comes_first_and_a_month_is_the_longest(clock: SeededSource) -> None:
    origin = words.weather()
    for number, severity in enumerate(["Minor", "Extreme", "Severe"]):
        taking.take(origin=origin, data=words.warning(str(number), severity=severity))
    assert [one.severity for one in public.in_force()] == ["Extreme", "Severe", "Minor"]
    data = words.warning("long").replace(
        words.moment(source.now() + timedelta(hours=2)).encode(), b"2029-01-01T00:00:00-00:00"
    )
    taken = taking.take(origin=origin, data=data)
    assert taken is not None and taken.expires_at == source.now() + taking.LONGEST


def test_a_warning_without_a_place_reaches_everybody_only_where_the_operator_said_so() -> None:
    quiet = words.weather(name="Quiet", senders=["a@example.org"])
    national = words.weather(name="National", senders=["b@example.org"], covers_all=True)
    taking.take(origin=quiet, data=words.warning("1", sender="a@example.org", circle=None))
    loud = taking.take(origin=national, data=words.warning("2", sender="b@example.org", circle=None))
    assert public.reaching(cell(OLIVES_PLACE)) == [loud] and len(public.in_force()) == 2


def test_geocodes_reach_as_far_as_the_shapes_that_the_operator_gave(tmp_path: Path) -> None:
    lat, lon = OLIVES_PLACE
    ring = [[lon - 0.1, lat - 0.1], [lon + 0.1, lat - 0.1], [lon + 0.1, lat + 0.1], [lon - 0.1, lat + 0.1]]
    feature = {
        "properties": {"name": "SAME", "value": "000123"},
        "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
    }
    codes = tmp_path / "codes.geojson"
    codes.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert command.main(["geocodes", str(codes)]) == 0
    code = "<geocode><valueName>SAME</valueName><value>{}</value></geocode>"
    area = f"<area><areaDesc>County</areaDesc>{code.format('000123')}{code.format('999999')}</area>"
    taken = taking.take(origin=words.weather(), data=words.warning(areas=area))
    assert taken is not None and public.reaching(cell(OLIVES_PLACE)) == [taken] and public.reaching(cell(FAR)) == []
    crossing = {**feature, "geometry": {"type": "Polygon", "coordinates": [[ring[0], ring[2], ring[1], ring[3]]]}}
    for bad in ({}, {"features": [{}]}, {"features": [crossing]}):
        with pytest.raises(Refused):
            geocodes.give_shapes(bad)


def key_and_certificate() -> tuple[bytes, bytes]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "weather.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem, made.public_bytes(Encoding.PEM)


@pytest.fixture(scope="module")
def pair() -> tuple[bytes, bytes]:
    return key_and_certificate()


class TestASignature:
    """A source may be registered with a certificate: then nothing else is taken."""

    def signed(self, pair: tuple[bytes, bytes], data: bytes) -> bytes:
        key, certificate = pair
        return bytes(etree.tostring(XMLSigner().sign(etree.fromstring(data), key=key, cert=certificate)))

    def test_of_its_certificate_is_taken(self, pair: tuple[bytes, bytes]) -> None:
        origin = words.weather(certificate=pair[1].decode())
        taken = taking.take(origin=origin, data=self.signed(pair, words.warning()))
        assert taken is not None and taken.signed and taken.infos[0]["headline"] == "Storm over the harbor"

    def test_that_is_missing_changed_or_anothers_is_refused(self, pair: tuple[bytes, bytes]) -> None:
        words.weather(certificate=pair[1].decode())
        good = self.signed(pair, words.warning())
        assert rules(words.warning()) == ["cap.signature"]
        assert rules(good.replace(b"Stay inside.", b"Go outside.")) == ["cap.signature"]
        assert rules(self.signed(key_and_certificate(), words.warning())) == ["cap.signature"]
        assert not OfficialWarning.objects.exists()


class TestTheCommand:
    def test_takes_a_file_and_says_what_it_was(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        words.weather()
        file = tmp_path / "storm.xml"
        file.write_bytes(words.warning())
        assert command.main(["import", str(file), "--source", "Weather office"]) == 0
        assert capsys.readouterr().out.startswith("Alert W-1 of duty@weather.example: Severe, ")
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(words.warning())))
        assert command.main(["import", "-", "--source", "Weather office"]) == 0
        assert capsys.readouterr().out == "This message was taken before. Nothing was changed.\n"

    def test_says_why_a_file_is_refused(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        words.weather()
        bad = tmp_path / "bad.xml"
        bad.write_bytes(b"<alert/>")
        assert command.main(["import", str(bad), "--source", "Weather office"]) == 1
        assert "without a namespace" in capsys.readouterr().err
        assert command.main(["import", str(bad), "--source", "Nobody"]) == 1
        assert "There is no source 'Nobody'. There are: Weather office." in capsys.readouterr().err
        assert command.main(["import", str(tmp_path / "none.xml"), "--source", "Weather office"]) == 1


class TestOurOwn:
    def test_is_cap_that_others_can_take(self, otto: Account) -> None:
        issued = own.issue(operator=otto, particulars=words.particulars())
        assert public.reaching(cell(OLIVES_PLACE)) == [issued] and public.said(issued, "es")["event"] == "Fuga de gas"
        elsewhere = words.weather(name="A neighbor instance", senders=["x"])
        OfficialWarning.objects.all().delete()
        elsewhere.senders = [own.sender()]
        taken = taking.take(origin=elsewhere, data=bytes(issued.original))
        assert taken is not None and taken.cells == issued.cells and taken.infos == issued.infos

    def test_ends_when_it_is_called_off_and_nothing_else_does(self, otto: Account, olive: Account) -> None:
        issued = own.issue(operator=otto, particulars=words.particulars())
        foreign = taking.take(origin=words.weather(), data=words.warning())
        assert foreign is not None
        for who, ref in ((olive, issued.ref), (otto, foreign.ref), (otto, "nothing")):
            with pytest.raises(NotFound):
                own.call_off(operator=who, ref=ref)
        ended = own.call_off(operator=otto, ref=issued.ref)
        assert public.in_force() == [foreign] and b"<msgType>Cancel</msgType>" in bytes(ended.original)
        with pytest.raises(NotFound):
            own.call_off(operator=otto, ref=issued.ref)

    def test_is_refused_with_every_reason(self, otto: Account, olive: Account) -> None:
        with pytest.raises(NotFound):
            own.issue(operator=olive, particulars=words.particulars())
        bad = words.particulars(
            words=(own.Words("en", "", "x" * 161, "A\u202eb", ""),),
            severity="Awful",
            expires_at=source.now() + timedelta(days=8),
            cells=(),
        )
        with pytest.raises(Refused) as caught:
            own.issue(operator=otto, particulars=bad)
        fields = [problem.field for problem in caught.value.problems]
        assert fields == ["event", "headline", "description", "area", "severity", "expires_at"]


def test_a_source_that_was_stopped_holds_nothing_any_more(otto: Account, olive: Account) -> None:
    origin = sources.register(operator=otto, name="Weather", kind="file", senders=[words.SENDER])
    taking.take(origin=origin, data=words.warning())
    with pytest.raises(NotFound):
        sources.stop(operator=olive, ref=origin.ref)
    sources.stop(operator=otto, ref=origin.ref)
    assert public.in_force() == []
    with pytest.raises(Refused, match="There is no source"):
        sources.import_file(name="Weather", data=words.warning("W-2"))
    with pytest.raises(NotFound):
        sources.stop(operator=otto, ref=origin.ref)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("name", {"name": ""}),
        ("senders", {"senders": [" "]}),
        ("url", {"kind": "feed", "url": "http://warnings.example.org/feed"}),
        ("url", {"kind": "feed", "url": "https://127.0.0.1/feed"}),
        ("kind", {"kind": "own"}),
        ("kind", {"url": "https://warnings.example.org/feed"}),
        ("certificate", {"certificate": "-----BEGIN NONSENSE-----"}),
    ],
)
def test_a_source_that_cant_be_is_refused(field: str, change: dict[str, Any], otto: Account) -> None:
    told: dict[str, Any] = {"name": "Weather", "kind": "file", "senders": [words.SENDER]} | change
    with pytest.raises(Refused) as caught:
        sources.register(operator=otto, **told)
    assert [problem.field for problem in caught.value.problems] == [field]


def test_only_an_operator_registers_sources(olive: Account, max: Account) -> None:
    for account in (olive, max):
        with pytest.raises(NotFound):
            sources.register(operator=account, name="Mine", kind="file", senders=["me@example.org"])


def test_the_demo_towns_file_is_one_that_can_be_taken(otto: Account) -> None:
    reading.read(warning.EXAMPLE.read_bytes())
    warning.warn(otto)
    [taken] = public.in_force()
    assert public.said(taken, "es")["event"] == "Viento fuerte" and len(taken.cells) > 10
