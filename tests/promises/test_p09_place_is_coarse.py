"""P9: place is coarse. What is kept of a place is a cell of about 50 m, what anyone may read one of half a mile."""

from __future__ import annotations

import io
import json
import logging
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any
from unittest import mock

import h3
import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, models, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from goodfences import places, source
from goodfences.agencies.models import Agency
from goodfences.alerts.models import OfficialWarning
from goodfences.cameras.models import Camera
from goodfences.clips.models import Clip
from goodfences.evidence import credentials
from goodfences.evidence.models import CustodyEvent, SharedVideo
from goodfences.evidence.owner import actions as owner
from goodfences.evidence.owner import preparing
from goodfences.evidence.owner.choosing import Choice
from goodfences.ledger import proofs
from goodfences.ledger.models import LedgerEntry
from goodfences.mail.models import OutboxMessage
from goodfences.mail.rendering import Renderer
from goodfences.people.models import Account, Household
from goodfences.video_requests import letters
from goodfences.video_requests.models import Ask, VideoRequest
from tests import persons, story
from tests.conftest import NOON
from tests.hubs import metadata
from tests.mail.requests import queue_ask
from tests.pages import bytes_of
from tests.promises import crawl
from tests.promises.worlds import credentials_drawn_once
from tests.video_requests.conftest import draft, opened, policy_published, submitted, unsigned
from tests.web import everything as instance
from tests.web import routes
from tests.web.answered import answered
from tests.web.conftest import everything
from tests.web.everything import TUS, Everything
from tests.web.sharing import clip, olives_ask

__all__ = ["clip", "draft", "everything", "olives_ask", "opened", "policy_published", "submitted", "unsigned"]

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Account], Client]

FINE_COLUMNS = {
    "people_household.cell",
    "cameras_camera.cell",
    "video_requests_videorequest.ranges",
    "alerts_officialwarning.ranges",
    "neighbor_requests_neighborrequest.cell",
}
"""Where a cell finer than resolution 8 is kept: a home's, a camera's, what an officer drew or a warning is for,
and the home around which a neighbor asked."""
FRACTIONS = {"video_requests_videorequest.area_m2", "mail_pace.left"}
"""Where a number with a fraction is kept."""
_TELLING = re.compile(
    r"(^|_)(lat|lng|lon|latitude|longitude|coordinates?|address|street|postcode|zip|geo\w*|point)(_|$)"
)
MAIL_ADDRESSES = {"address_digest", "email_address"}

EXACT = {"lat": "60.171234567", "lon": "24.945678912"}
FINE_CELL = h3.latlng_to_cell(60.171234567, 24.945678912, 15)
TRACES = ["171234", "945678", FINE_CELL, str(int(FINE_CELL, 16)), FINE_CELL[:13]]
_CSRF = re.compile(rb'(?<=name="csrfmiddlewaretoken" value=")[^"]+')
_WRITES = re.compile(r'\s*(?:INSERT (?:OR \w+ )?INTO|REPLACE INTO|UPDATE) "(\w+)"')
_NUMBER = re.compile(r"-?\d{1,3}\.\d{4,}")


def rows(tables: Iterable[str] = ()) -> Iterator[tuple[str, Any]]:
    """Each value of the database or of some of its tables, whatever model made it, and its column."""
    with connection.cursor() as cursor:
        for table in tables or connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                yield from ((f"{table}.{name}", value) for name, value in zip(names, row, strict=True))


def written(captured: CaptureQueriesContext) -> set[str]:
    """The tables into which these queries wrote."""
    told = (_WRITES.match(query["sql"]) for query in captured)
    return {found[1] for found in told if found}


def as_bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def cells_in(content: bytes) -> set[str]:
    """Cells finer than resolution 8, written in any of the ways that the program writes them."""
    return crawl.fine_cells(content)


def points_in(content: bytes) -> set[str]:
    """The resolution-11 cells of whatever may be a coordinate: two numbers of four decimals, side by side."""
    numbers = [float(number) for number in _NUMBER.findall(content.decode(errors="replace"))]
    pairs = [*pairwise(numbers), *pairwise(reversed(numbers))]
    return {h3.latlng_to_cell(lat, lon, 11) for lat, lon in pairs if abs(lat) <= 90 and abs(lon) <= 180}


def homes() -> set[str]:
    return {places.cell_to_hex(cell) for cell in Household.objects.values_list("cell", flat=True)}


class TestKept:
    def test_no_column_is_made_for_a_finer_place(self) -> None:
        for model in apps.get_models():
            for field in model._meta.concrete_fields:
                name = f"{model._meta.db_table}.{field.column}"
                assert not _TELLING.search(field.name) or field.name in MAIL_ADDRESSES, name
                if isinstance(field, models.FloatField | models.DecimalField):
                    assert name in FRACTIONS
                if "cell" in field.name:
                    assert isinstance(field, models.BigIntegerField | models.JSONField), name

    def test_no_row_holds_a_finer_cell_a_coordinate_or_a_fraction(self, everything: Everything) -> None:
        for ask in (everything.ask, everything.declined):
            queue_ask(ask)
        seen = set()
        for column, value in rows():
            content = as_bytes(value)
            if fine := cells_in(content):
                assert column in FINE_COLUMNS, f"{column}: {value}"
                assert {h3.get_resolution(cell) for cell in fine} == {11}, f"{column}: {value}"
                seen.add(column)
            assert not points_in(content) & homes(), f"{column}: {value}"
            assert not isinstance(value, float) or column in FRACTIONS, column
        assert seen == FINE_COLUMNS, "Each of them is looked at."

    @pytest.mark.parametrize("resolution", [8, 10, 12, 15])
    def test_the_database_itself_refuses_another_cell(self, olives_home: Household, resolution: int) -> None:
        other = persons.cell(persons.OLIVES_PLACE, resolution)
        for rows_of in (Household.objects.all(), Camera.objects.all()):
            with pytest.raises(IntegrityError), transaction.atomic():
                rows_of.update(cell=other)

    def test_an_area_becomes_cells_and_no_corner_of_it_is_kept(self, omar: Account, clock: object) -> None:
        story.publish()
        square = [
            [24.94123456, 60.17123456],
            [24.95123456, 60.17123456],
            [24.95123456, 60.17523456],
            [24.94123456, 60.17523456],
        ]
        area = places.area_from_geojson({"type": "Polygon", "coordinates": [square]})
        request = story.submit(omar, story.fields(area=area))
        assert request.ranges and all(isinstance(end, int) for pair in request.ranges for end in pair)
        assert all("123456" not in as_bytes(value).decode(errors="replace") for _, value in rows())


class TestPosted:
    """Places finer than a cell, to every page and call that takes anything."""

    @pytest.fixture
    def finer(self) -> dict[str, str]:
        square = [[24.945678912, 60.171234567], [24.955678912, 60.171234567], [24.955678912, 60.175234567]]
        geojson = json.dumps({"type": "Polygon", "coordinates": [[*square, square[0]]]})
        position = {"latitude": EXACT["lat"], "longitude": EXACT["lon"], "position": f"{EXACT['lat']},{EXACT['lon']}"}
        area = {"area": geojson, "area_lat": EXACT["lat"], "area_lon": EXACT["lon"], "area_radius_m": "300"}
        return {**EXACT, **position, **area, "cell": FINE_CELL, "place": FINE_CELL, "place_cell": FINE_CELL}

    @pytest.fixture
    def said(self, caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
        """All that the program has logged, at the level that an operator gets."""
        caplog.set_level(logging.INFO)
        return lambda: "\n".join(f"{record.getMessage()} {record.exc_text or ''}" for record in caplog.records)

    def left(self, tables: Iterable[str] = ()) -> list[str]:
        """Columns in which a trace of what was posted is left, sessions and the outbox among them."""
        kept = [(column, as_bytes(value).decode(errors="replace")) for column, value in rows(tables)]
        kept += [("session", json.dumps(session.get_decoded())) for session in Session.objects.all()]
        return [column for column, text in kept if any(trace in text for trace in TRACES)]

    @pytest.mark.parametrize("person", ["olive", "nadia", "omar", "otto", "anyone"])
    def test_no_page_keeps_or_logs_what_is_finer(
        self, everything: Everything, person: str, finer: dict[str, str], said: Callable[[], str]
    ) -> None:
        touched: set[str] = set()
        for route, _ in routes.routes():
            if route.startswith("api:"):
                continue
            given = instance.posted(everything, route, "POST").get("data", {})
            address = routes.address(everything, route)
            with transaction.atomic():
                client = routes.client_for(person, everything.persons)
                with CaptureQueriesContext(connection) as captured:
                    bytes_of(client.post(address, {**given, **finer}))
                    bytes_of(client.get(address, finer))
                changed = written(captured) | {Session._meta.db_table}
                assert self.left(changed) == [], route
                touched |= changed
                transaction.set_rollback(True)
        assert len(touched) > 5 or person == "anyone"
        assert not any(trace in said() for trace in TRACES)

    @pytest.mark.parametrize("text", [FINE_CELL, str(int(FINE_CELL, 16)), "60.171234567, 24.945678912"])
    def test_a_home_is_not_settled_or_moved_to_what_is_finer(
        self, client_of: ClientOf, nadia: Account, text: str
    ) -> None:
        newcomer = persons.make_account("Newcomer")
        settings_of = {"language": "en", "time_zone": persons.TOWN_ZONE, "household_name": "Birch house"}
        for person, address in ((newcomer, reverse("resident:welcome")), (nadia, reverse("resident:move"))):
            response = client_of(person).post(address, {**settings_of, "cell": text, "name": "N"})
            assert response.status_code == 422
        assert not newcomer.households.exists()
        assert nadia.households.get().cell == persons.cell(persons.NADIAS_PLACE)
        assert self.left() == []

    def test_an_agencys_place_is_kept_coarse_though_the_pin_was_fine(
        self, client_of: ClientOf, otto: Account, northgate: Agency
    ) -> None:
        story.publish()
        page = {
            "name": "Harbor Fire",
            "kind": "fire",
            "jurisdiction": "The harbor",
            "contact_email": "requests@harbor.example",
            "time_zone": persons.TOWN_ZONE,
            "place": str(persons.cell(persons.OLIVES_PLACE)),
            "agreement_text": "We ask for recorded video only, for one case at a time. " * 6,
            "signed_by": "The chief",
            "admin_email": "hana@harbor.example",
            "admin_name": "Hana",
            "admin_title": "Captain",
            "admin_badge": "7",
            "admin_contact": "hana@harbor.example",
        }
        response = client_of(otto).post(reverse("staff:admit"), page)
        assert response.status_code == 302
        agency = Agency.objects.exclude(pk=northgate.pk).get()
        assert h3.get_resolution(places.cell_to_hex(agency.place_cell)) == 8

    def test_the_device_api_keeps_no_position(
        self, everything: Everything, finer: dict[str, str], said: Callable[[], str]
    ) -> None:
        device = routes.client_for("device", everything.persons)
        for route, _ in routes.routes():
            if not route.startswith("api:"):
                continue
            given = instance.posted(everything, route, "POST").get("data", {})
            device.post(routes.address(everything, route), {**given, **finer}, content_type="application/json")
        clip = everything.upload.clip
        named = metadata(clip=clip.ref, location=finer["position"], filename=f"{finer['position']}.mp4")
        begun = device.post(
            reverse("api:uploads"),
            headers={**TUS, "Upload-Length": str(clip.announced_size), "Upload-Metadata": named},
        )
        assert begun.status_code == 201
        assert self.left() == []
        assert not any(trace in said() for trace in TRACES)


class TestRead:
    """What comes out, for everyone but the household itself."""

    def seen_by(self, role: str, made: Everything) -> Iterator[tuple[str, bytes]]:
        """Every page, download and answer, by the address that gave it."""
        for (route, method), answer in answered(made, role).answers.items():
            yield f"{route} {method}", answer.content + str(answer.response.headers).encode()

    @pytest.mark.parametrize("role", ["anyone"])
    def test_each_role_without_a_name_reads_of_no_finer_cell(self, everything: Everything, role: str) -> None:
        coarse = {cell for request in VideoRequest.objects.all() for cell in request.place_cells}
        coarse |= {cell for warning in OfficialWarning.objects.all() for cell in warning.cells}
        assert max(h3.get_resolution(places.cell_to_hex(cell)) for cell in coarse) == places.PUBLIC_RES
        corners = {_rounded(corner) for cell in coarse for corner in h3.cell_to_boundary(places.cell_to_hex(cell))}
        corners |= {_rounded(h3.cell_to_latlng(places.cell_to_hex(a.place_cell))) for a in Agency.objects.all()}
        drawn = 0
        for address, content in self.seen_by(role, everything):
            if address.startswith(("styleguide", "public:notice_area", "public:agency_area")):
                continue  # samples, nothing of the instance; and outlines that agencies gave to be published
            assert not cells_in(content), address
            for point in _points(content):
                assert _rounded(point) in corners, f"{address}: {point}"
                drawn += 1
        assert drawn > 10, "The maps of requests and of partners are among them."

    @pytest.mark.parametrize(
        "role", ["stranger", "nadia", "omar", "ada", "aggie", "audrey", "sam", "max", "otto", "device2"]
    )
    def test_each_role_but_the_household_reads_of_no_home(self, everything: Everything, role: str) -> None:
        place = everything.camera.cell
        told = [places.cell_to_hex(place).encode(), str(place).encode()]
        for address, content in self.seen_by(role, everything):
            assert not any(one in content.lower() for one in told), address
            assert places.cell_to_hex(place) not in points_in(content), address

    @pytest.mark.parametrize("role", ["olive"])
    def test_each_role_of_the_household_sees_its_camera(self, everything: Everything, role: str) -> None:
        """Or the test above looks for something that is never written."""
        cell = places.cell_to_hex(everything.camera.cell)
        assert any(
            cell.encode() in content or cell in points_in(content) for _, content in self.seen_by(role, everything)
        )

    def test_each_ledger_entry_and_its_proof(self, everything: Everything) -> None:
        entries = list(LedgerEntry.objects.order_by("index"))
        assert {"request.opened", "policy"} <= {entry.kind for entry in entries}
        for entry in entries:
            told = json.dumps(proofs.bundle(entry.index)).encode() + json.dumps(entry.body).encode()
            assert not cells_in(told), entry.kind
            assert not points_in(told), entry.kind

    def test_each_email(self, everything: Everything) -> None:
        for ask in (everything.ask, everything.declined):
            queue_ask(ask)
        renderer = Renderer()
        mails = OutboxMessage.objects.exclude(context={}).prefetch_related("common")
        assert {letters.TEMPLATE} <= {mail.template for mail in mails}
        for mail in mails:
            rendered = renderer.render(mail)
            assert not cells_in(rendered), mail.template
            assert not points_in(rendered), mail.template

    def test_an_evidence_package_tells_of_no_cell_but_the_officers_drawing(
        self, everything: Everything, client_of: ClientOf
    ) -> None:
        request = everything.video.video_request
        response = client_of(everything.persons["omar"]).post(reverse("portal:package", args=[request.ref]))
        package = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
        drawn = {places.cell_to_hex(end) for pair in request.ranges for end in pair}
        told = b"".join(package.read(name) for name in package.namelist())
        assert cells_in(told) and cells_in(told) <= drawn
        assert not homes() & (points_in(told) | (cells_in(told) - drawn))


class TestWhereASharedVideoIsFrom:
    """An agency has the area that it drew, and nothing that could be laid over it to leave fewer homes."""

    def test_homes_in_different_cells_of_one_area_give_the_same_pages_and_the_same_package(
        self, olives_ask: Ask, clip: Clip, opened: VideoRequest, client_of: ClientOf, omar: Account
    ) -> None:
        homes = _cells_far_apart(opened)
        assert len({places.coarse(cell) for cell in homes}) > 2
        seen = [self._all_that_the_agency_gets(cell, olives_ask, clip, client_of(omar)) for cell in homes]
        for other in seen[1:]:
            assert [name for name in seen[0] if seen[0][name] != other.get(name)] == []
            assert other.keys() == seen[0].keys()

    def test_no_row_that_an_agency_reads_has_a_column_for_it(self) -> None:
        columns = {field.name for model in (SharedVideo, CustodyEvent) for field in model._meta.get_fields()}
        assert not {name for name in columns if re.search(r"place|cell|where|area", name)}

    def _all_that_the_agency_gets(self, cell: int, ask: Ask, clip: Clip, officer: Client) -> dict[str, bytes]:
        """Pages, player, receipt and each file of the package, had the home been in `cell`; then it is undone."""
        request = ask.video_request
        with transaction.atomic(), source.using(source.SeededSource(seed=9, start=NOON)):
            Household.objects.filter(pk=ask.household_id).update(cell=cell)
            Camera.objects.filter(pk=clip.camera_id).update(cell=cell)
            cut = Choice(clip.ref, 1000, 3000)
            with mock.patch.object(credentials, "sign", credentials_drawn_once):
                preparing.prepare(owner.share(account=ask.owner, ask_ref=ask.ref, cuts=[cut], told={}))
            video = SharedVideo.objects.get()
            addresses = [reverse("portal:requests"), reverse("portal:request", args=[request.ref])]
            addresses += [reverse("portal:shared_video", args=[video.ref])]
            addresses += [reverse("portal:shared_video_receipt", args=[video.ref])]
            seen = {address: _CSRF.sub(b"", officer.get(address).content) for address in addresses}
            player = re.search(rb'src="([^"]+pass=[^"]+)"', seen[addresses[2]])
            assert player is not None
            seen["player"] = bytes_of(officer.get(player[1].decode()))
            response = officer.post(reverse("portal:package", args=[request.ref]))
            seen["headers"] = str(response.headers).encode()
            seen["package"] = bytes_of(response)
            with zipfile.ZipFile(io.BytesIO(seen["package"])) as package:
                seen |= {name: package.read(name) for name in package.namelist()}
            seen |= {f"{address} afterwards": officer.get(address).content for address in addresses[:1]}
            row = SharedVideo.objects.values().get()
            seen["row"] = str({name: row[name] for name in row if name not in ("id", "blob")}).encode()
            transaction.set_rollback(True)
        return seen


def _cells_far_apart(request: VideoRequest) -> list[int]:
    """One cell of the area for each coarse cell that it touches."""
    inside = [cell for low, high in request.ranges for cell in (low, high)]
    return list({places.coarse(cell): cell for cell in inside}.values())


def _points(content: bytes) -> Iterator[tuple[float, float]]:
    """(latitude, longitude) of every position of GeoJSON in an answer."""
    for text in re.findall(rb'"coordinates":\s*(\[[-\d.,\s\[\]e]+\])', content.replace(b"&quot;", b'"')):
        yield from _positions(json.loads(text))


def _positions(nested: list[Any]) -> Iterator[tuple[float, float]]:
    if nested and not isinstance(nested[0], list):
        yield nested[1], nested[0]
        return
    for inner in nested:
        yield from _positions(inner)


def _rounded(point: tuple[float, float]) -> tuple[float, float]:
    return round(point[0], 5), round(point[1], 5)
