"""What lies beside the signed parts of a package, read by programs that no one here wrote."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import c2pa
import pyshacl
import pytest
import rdflib
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from goodfences.evidence import case, claims, credentials, findings, layout, pages, portal
from goodfences.evidence.models import CustodyEvent, SharedVideo
from goodfences.evidence.verify import verify_package
from goodfences.people.models import Account
from goodfences.video_requests.models.request import VideoRequest
from goodfences_record.notes import SigningKey
from tests.browser import open_browser
from tests.evidence import packages
from tests.evidence.packages import PUBLIC_KEY
from tests.persons import officer

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")


def unpacked(data: bytes, where: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(where)
    (found,) = where.iterdir()
    return found


@pytest.fixture
def downloaded(ready: SharedVideo, opened: VideoRequest, omar: Account, tmp_path: Path) -> Path:
    """A package of Olive's real video, unpacked."""
    data = b"".join(portal.download(officer=officer(omar), request_ref=opened.ref).chunks())
    return unpacked(data, tmp_path / "downloaded")


def read(video: bytes, sidecar: bytes, certificates: bytes) -> dict[str, Any]:
    """What the C2PA reader says, trusting the issuer that the package brings along."""
    issuer = x509.load_pem_x509_certificates(certificates)[1].public_bytes(Encoding.PEM).decode()
    settings = c2pa.Settings.from_dict({"trust": {"trust_anchors": issuer}, "verify": {"verify_trust": True}})
    with c2pa.Reader("video/mp4", io.BytesIO(video), sidecar, c2pa.Context(settings)) as reader:
        told: dict[str, Any] = json.loads(reader.json())
    return told


@pytest.mark.django_db
class TestContentCredentials:
    def test_the_c2pa_reader_trusts_them_and_the_video_is_still_the_one_that_was_shared(
        self, downloaded: Path, ready: SharedVideo
    ) -> None:
        (video,) = (downloaded / "data").iterdir()
        raw, sidecar = video.read_bytes(), (downloaded / layout.credentials_file(ready.ref)).read_bytes()
        assert layout.as_json(ready.receipt) == (downloaded / layout.receipt_file(ready.ref)).read_bytes()
        assert ready.receipt["receipt"]["video"]["sha256"] == ready.sha256
        told = read(raw, sidecar, (downloaded / layout.CERTIFICATES).read_bytes())
        assert told["validation_state"] == "Trusted"
        manifest = told["manifests"][told["active_manifest"]]
        said = {each["label"]: each["data"] for each in manifest["assertions"]}
        assert said[credentials.SHARE] == credentials.share_of(ready.receipt)
        assert [each["action"] for each in said["c2pa.actions.v2"]["actions"]] == ["c2pa.created", "c2pa.trimmed"]

    def test_they_are_bound_to_the_video_by_the_hash_that_is_for_mp4(self, ready: SharedVideo) -> None:
        sidecar = bytes(ready.credentials)
        assert b"c2pa.hash.bmff.v3" in sidecar and b"c2pa.hash.data" not in sidecar

    def test_a_changed_frame_is_found_by_the_c2pa_reader(self, downloaded: Path, ready: SharedVideo) -> None:
        (video,) = (downloaded / "data").iterdir()
        raw, sidecar = video.read_bytes(), (downloaded / layout.credentials_file(ready.ref)).read_bytes()
        told = read(packages.flipped(raw, len(raw) - 100), sidecar, (downloaded / layout.CERTIFICATES).read_bytes())
        assert told["validation_state"] == "Invalid"

    def test_they_go_when_the_video_is_taken_back(self, ready: SharedVideo) -> None:
        from goodfences.evidence.owner.actions import take_back

        assert ready.credentials
        take_back([ready])
        ready.refresh_from_db()
        assert not ready.credentials


class TestForgedCredentials:
    def said(self, tmp_path: Path, **changes: Any) -> str:
        path = tmp_path / "package.zip"
        path.write_bytes(packages.made(replace(packages.video(), **changes.pop("video", {})), **changes))
        return "\n".join(finding.words for finding in verify_package(path, PUBLIC_KEY).broken)

    def test_of_another_share_do_not_pass(self, tmp_path: Path) -> None:
        other = packages.video(shared_at="2026-11-25T12:00:00.000Z")
        assert "for another share" in self.said(tmp_path, video={"credentials": other.credentials})

    def test_of_another_video_do_not_pass(self, tmp_path: Path) -> None:
        video = packages.video()
        at = video.digests.size - 50
        forged = credentials.sign(
            io.BytesIO(packages.flipped(packages.VIDEO, at)),
            *(video.receipt, packages.EVIDENCE_KEY, packages.CERTIFICATES),
        )
        assert "bmffHash.mismatch" in self.said(tmp_path, video={"credentials": forged})

    def test_under_a_certificate_of_another_key_do_not_pass(self, tmp_path: Path) -> None:
        forger = SigningKey.new(packages.EVIDENCE_KEY.name)
        chain = credentials.certificates(forger, "Goodfences of Northgate")
        assert "of another key" in self.said(tmp_path, certificates=chain)

    def test_under_another_issuer_do_not_pass(self, tmp_path: Path) -> None:
        chain = credentials.certificates(packages.EVIDENCE_KEY, "Goodfences of Northgate")
        assert "signingCredential.untrusted" in self.said(tmp_path, certificates=chain)

    def test_rubbish_is_a_finding(self, tmp_path: Path) -> None:
        assert "can't be read" in self.said(tmp_path, video={"credentials": b"rubbish"})


@cache
def ontology() -> tuple[rdflib.Graph, rdflib.Graph]:
    """CASE with UCO: its shapes, and which of its classes lie under which."""
    folder = files("case_utils.ontology")
    return tuple(rdflib.Graph().parse(str(folder / f"case-1.5.0{name}.ttl")) for name in ("", "-subclasses"))


def conforms(document: dict[str, Any]) -> tuple[bool, str]:
    shapes, classes = ontology()
    graph = rdflib.Graph().parse(data=json.dumps(document), format="json-ld")
    ok, _, words = pyshacl.validate(
        graph, shacl_graph=shapes, ont_graph=classes, allow_infos=False, allow_warnings=False
    )
    return ok, words


@pytest.mark.django_db
def test_the_case_file_keeps_to_the_shapes_of_the_ontology(downloaded: Path) -> None:
    document = json.loads((downloaded / layout.CASE).read_text())
    ok, words = conforms(document)
    assert ok, words
    graph = rdflib.Graph().parse(data=json.dumps(document), format="json-ld")
    hands = graph.query(
        """PREFIX action: <https://ontology.unifiedcyberontology.org/uco/action/>
        PREFIX core: <https://ontology.unifiedcyberontology.org/uco/core/>
        SELECT ?what ?who WHERE {
          ?act action:startTime ?at ; core:name ?what . OPTIONAL { ?act action:performer/core:name ?who }
        } ORDER BY ?at"""
    )
    assert [tuple(map(str, row)) for row in hands][1:] == [("shared", "None"), ("downloaded", "Officer 4411")]


def test_the_shapes_refuse_a_case_file_that_breaks_them() -> None:
    video = packages.video()
    document = case.document(packages.REQUEST, [video.receipt["receipt"]], [video.custody], "Goodfences")
    (event,) = (node for node in document["@graph"] if node.get("core:name") == "viewed")
    event["action:startTime"] = "yesterday"
    ok, words = conforms(document)
    assert not ok
    assert "action:startTime" in words


def test_every_kind_of_custody_event_can_be_packed(tmp_path: Path) -> None:
    path, video = tmp_path / "package.zip", packages.video()
    log = packages.custody(video.ref, video.digests.sha256, tuple(CustodyEvent.Kind.values))
    path.write_bytes(packages.made(replace(video, custody=log)))
    assert verify_package(path, PUBLIC_KEY).holds


@pytest.mark.parametrize("lie", ["hash", "officer", "left out", "twice"])
def test_a_case_file_that_says_otherwise_does_not_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lie: str
) -> None:
    path, really = tmp_path / "package.zip", case.document

    def lying(*given: Any) -> dict[str, Any]:
        text = json.dumps(really(*given))
        digest = packages.video().digests.sha256.upper()
        changed = text.replace(
            *{"hash": (digest, "0" * 64), "officer": ("Officer 4411", "Officer 1")}.get(lie, ("", ""))
        )
        document: dict[str, Any] = json.loads(changed)
        if lie == "left out":
            document["@graph"].pop()
        if lie == "twice":
            document["@graph"].append(document["@graph"][-1])
        return document

    with monkeypatch.context() as lies:
        lies.setattr("goodfences.evidence.case.document", lying)
        path.write_bytes(packages.made())
    assert [one.part for one in verify_package(path, PUBLIC_KEY).broken] == [layout.CASE]


def test_every_claim_says_what_it_proves_and_what_not(tmp_path: Path) -> None:
    path = tmp_path / "package.zip"
    path.write_bytes(packages.made())
    report = verify_package(path, PUBLIC_KEY)
    said = "\n".join(findings.lines(report))
    named = {claim.name for claim, holds in report.by_claim if holds}
    assert named >= {claims.WHOLE, claims.SIGNED, claims.PUBLIC, claims.CONSENT, claims.CUSTODY, claims.CREDENTIALS}
    for claim, _ in report.by_claim:
        assert f"Proves: {claim.proves}" in said
        assert f"Doesn't prove: {claim.not_proven}" in said


def test_a_broken_claim_proves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "package.zip"
    path.write_bytes(packages.made(replace(packages.video(), custody=packages.custody("ANOTHER", "00" * 32))))
    said = "\n".join(findings.lines(verify_package(path, PUBLIC_KEY)))
    assert claims.BY_NAME[claims.CUSTODY].proves not in said
    assert claims.BY_NAME[claims.CONSENT].proves in said


def test_what_an_owner_wrote_is_no_markup() -> None:
    video = packages.video(told={"note": "<img src=x onerror=alert(1)>"})
    made = pages.report(
        request=packages.REQUEST,
        receipts=[video.receipt["receipt"]],
        logs=[video.custody],
        made_at="",
        instance="<b>",
        address="",
    ).decode()
    assert "<img" not in made
    assert "<b>" not in made


@pytest.mark.browser
def test_report_and_viewer_work_from_a_folder_without_a_network(tmp_path: Path) -> None:
    folder = unpacked(packages.made(), tmp_path / "unpacked")
    asked: list[str] = []
    complaints: list[str] = []
    with open_browser() as browser:
        page = browser.new_context(offline=True).new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.add_init_script("window.print = () => { document.title = 'printed'; }")
        page.goto((folder / layout.VIEWER).as_uri())
        page.evaluate("() => { const v = document.querySelector('video'); v.muted = true; return v.play(); }")
        page.wait_for_function("() => document.querySelector('video').currentTime > 0.2")
        page.get_by_role("button", name="On a frame").click()
        assert page.locator("output").inner_text().startswith("2026-11-24T12:00:0")
        page.get_by_role("link", name="Report").click()
        page.get_by_role("button", name="Print").click()
        assert page.title() == "printed"
        assert "Officer 4411" in page.locator("table").first.inner_text()
    assert all(url.startswith("file:") for url in asked)
    assert complaints == []
