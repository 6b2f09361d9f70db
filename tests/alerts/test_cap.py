"""CAP 1.2 in and out: the standard's own examples, its rules, and files that mean harm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from lxml import etree

from goodfences import places
from goodfences.alerts.cap import placing, reading, writing
from goodfences.alerts.cap.message import NAMESPACE, Pair
from goodfences.errors import Refused
from tests.alerts import words

EXAMPLES = ("homeland-security", "severe-thunderstorm", "earthquake", "amber-alert")
AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def texts(data: bytes) -> list[tuple[str, str]]:
    """Every element of a file with its text, in order: what a file says, however it is laid out."""
    return [(each.tag, (each.text or "").strip()) for each in etree.fromstring(data).iter()]


def refusal(data: bytes) -> str:
    with pytest.raises(Refused) as caught:
        reading.read(data)
    [problem] = caught.value.problems
    return f"{problem.rule}: {problem.message}"


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_standards_examples_come_in_and_go_out_as_they_were(name: str) -> None:
    message = reading.read(words.example(name))
    written = writing.write(message)
    reading.checked(written)
    assert reading.read(written) == message
    plain = [pair for pair in texts(written) if pair != (f"{{{NAMESPACE}}}language", "en-US")]
    assert plain == [pair for pair in texts(words.example(name)) if pair != (f"{{{NAMESPACE}}}language", "en-US")]


def test_what_the_examples_say() -> None:
    storm = reading.read(words.example("severe-thunderstorm"))
    assert storm.sent == datetime(2003, 6, 17, 14, 57, tzinfo=timezone(timedelta(hours=-7)))
    [info] = storm.infos
    assert (info.language, info.severity, info.response_types) == ("en-US", "Severe", ("Shelter",))
    assert info.event_codes == (Pair("SAME", "SVR"),) and len(info.areas[0].geocodes) == 3
    quake = reading.read(words.example("earthquake"))
    [reference] = quake.references
    assert (reference.sender, reference.identifier) == ("trinet@caltech.edu", "TRI13970876.1")
    amber = reading.read(words.example("amber-alert"))
    assert [info.language for info in amber.infos] == ["en-US", "es-US"]
    assert amber.infos[1].event == "Abducción de Niño"


def test_where_the_examples_are() -> None:
    def nothing(_codes: Any) -> list[Any]:
        return []

    storm = placing.region_of(reading.read(words.example("severe-thunderstorm")), nothing)
    assert places.contains(storm.ranges, places.cell_at(38.48, -119.94))
    assert not places.contains(storm.ranges, places.cell_at(38.9, -119.94)) and 100 < len(storm.cells) < 1600
    quake = placing.region_of(reading.read(words.example("earthquake")), nothing)
    assert quake.cells == [places.coarse(places.cell_at(32.9525, -115.5527))]
    assert placing.region_of(reading.read(words.example("homeland-security")), nothing).cells == []
    asked: list[Pair] = []

    def county(codes: Any) -> list[Any]:
        asked.extend(codes)
        return [[(-118.9, 33.7), (-117.6, 33.7), (-117.6, 34.8), (-118.9, 34.8)]]

    amber = placing.region_of(reading.read(words.example("amber-alert")), county)
    assert places.contains(amber.ranges, places.cell_at(34.05, -118.24)) and set(asked) == {Pair("SAME", "006037")}


def test_utc_is_written_as_cap_has_it() -> None:
    assert writing.moment(AT) == "2026-11-24T12:00:00-00:00"
    message = reading.read(words.warning(sent=AT))
    assert b"<sent>2026-11-24T12:00:00-00:00</sent>" in writing.write(message)


def test_numbers_are_written_without_exponents() -> None:
    area = "<area><areaDesc>x</areaDesc><circle>0.00001,-0.00002 0.5</circle></area>"
    assert b"<circle>0.00001,-0.00002 0.5</circle>" in writing.write(reading.read(words.warning(sent=AT, areas=area)))


BOMB = """<?xml version="1.0"?><!DOCTYPE alert [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>&c;</identifier></alert>"""
FILE = """<?xml version="1.0"?><!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/passwd">]><alert>&x;</alert>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE alert SYSTEM "http://127.0.0.1/x.dtd"><alert/>"""


@pytest.mark.parametrize("data", [BOMB, FILE, OUTSIDE])
def test_a_document_type_is_refused_unread(data: str) -> None:
    assert refusal(data.encode()).startswith("cap.entities: The file declares")


def test_other_files_are_refused_with_the_reason() -> None:
    assert refusal(b"") == "cap.xml: The file is no XML that can be read: no element found: line 1, column 0."
    assert refusal(b"<alert/>").startswith("cap.root: The file's root is <alert> without a namespace")
    older = words.warning(sent=AT).replace(b"cap:1.2", b"cap:1.1")
    assert refusal(older) == "cap.root: This is CAP 1.1; only CAP 1.2 can be read. Ask the sender for it."
    assert "of urn:other, not <alert>" in refusal(words.warning(sent=AT).replace(NAMESPACE.encode(), b"urn:other"))
    assert refusal(words.warning(sent=AT) + b" " * reading.MAX_BYTES).startswith("cap.size: The file has 512 kB")
    deep = b"<a>" * 5000 + b"</a>" * 5000
    assert refusal(words.warning(sent=AT).replace(b"<info>", deep + b"<info>")).startswith("cap.")


def test_a_file_that_isnt_as_the_schema_has_it_is_refused_with_line_and_reason() -> None:
    wrong = words.example("severe-thunderstorm").replace(b"<severity>Severe", b"<severity>Terrible")
    assert refusal(wrong).startswith("cap.schema: Line 14 isn't as CAP 1.2 has it: Element 'severity'")
    assert "'Terrible'" in refusal(wrong)
    zulu = words.example("severe-thunderstorm").replace(b"14:57:00-07:00", b"14:57:00Z")
    assert refusal(zulu).startswith("cap.schema: Line 5")
    assert refusal(words.warning(sent=AT).replace(b"<status>Actual</status>", b"")).startswith("cap.schema")


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("cap.identifier", {"identifier": "two words"}),
        ("cap.sender", {"sender": "a,b"}),
        ("cap.references", {"msgType": "Update"}),
        ("cap.references", {"msgType": "Cancel", "references": "only-one-part"}),
        ("cap.restriction", {"scope": "Restricted"}),
        ("cap.addresses", {"scope": "Private"}),
        ("cap.polygon", {"areas": "<area><areaDesc>x</areaDesc><polygon>1,1 1,2 2,2</polygon></area>"}),
        ("cap.polygon", {"areas": "<area><areaDesc>x</areaDesc><polygon>1,1 1,2 2,2 2,1</polygon></area>"}),
        ("cap.circle", {"areas": "<area><areaDesc>x</areaDesc><circle>1,1</circle></area>"}),
        ("cap.number", {"areas": "<area><areaDesc>x</areaDesc><circle>nan,1 1</circle></area>"}),
        ("cap.position", {"areas": "<area><areaDesc>x</areaDesc><circle>1;1 1</circle></area>"}),
        ("cap.area_desc", {"areas": "<area><areaDesc> </areaDesc></area>"}),
        ("cap.ceiling", {"areas": "<area><areaDesc>x</areaDesc><ceiling>9</ceiling></area>"}),
        ("cap.many", {"areas": "<area><areaDesc>x</areaDesc></area>" * (reading.MAX_AREAS + 1)}),
    ],
)
def test_the_standards_rules_beyond_its_schema(rule: str, change: dict[str, Any]) -> None:
    assert refusal(words.warning(sent=AT, **change)).startswith(f"{rule}: ")


@pytest.mark.parametrize(
    ("rule", "drawn"),
    [
        ("area.crossing", "<polygon>60,24 61,25 61,24 60,25 60,24</polygon>"),
        ("area.empty", "<polygon>60,24 60,25 60,26 60,24</polygon>"),
        ("area.span", "<polygon>0,-100 10,0 0,100 -10,0 0,-100</polygon>"),
        ("area.axis_order", "<circle>119.9,38.4 3</circle>"),
        ("area.radius", "<circle>60,24 99999</circle>"),
        ("area.positions", "<polygon>" + "60,24 60.1,24 " * 3000 + "60,24</polygon>"),
    ],
)
def test_an_area_that_cant_be_is_refused(rule: str, drawn: str) -> None:
    message = reading.read(words.warning(sent=AT, areas=f"<area><areaDesc>x</areaDesc>{drawn}</area>"))
    with pytest.raises(Refused) as caught:
        placing.region_of(message, lambda _codes: [])
    assert [problem.rule for problem in caught.value.problems] == [rule]


def test_characters_that_nobody_sees_are_left_out_so_that_no_genuine_warning_is_lost_for_them() -> None:
    turned = words.warning(sent=AT).replace(b"Stay inside.", "Stay \u202einside\u200b.".encode())
    [info] = reading.read(turned).infos
    assert info.instruction == "Stay inside."
