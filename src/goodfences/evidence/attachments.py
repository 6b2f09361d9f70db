"""Checks what lies in a package beside the signed parts: content credentials and CASE/UCO. Knows no Django."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from goodfences import bag
from goodfences.evidence import case, claims, credentials, layout, plain, signing, stamps, subjects
from goodfences.evidence.findings import Report, guard, json_of
from goodfences.evidence.reading import Opened, content
from goodfences.evidence.signing import BadSignature
from goodfences_record.notes import VerifierKey


def check(package: Opened, names: list[str], key: VerifierKey, report: Report, identity: Any = None) -> None:
    """Check what there is; packages of earlier versions have neither."""
    refs = subjects.refs_of(names)
    for ref in refs:
        name = layout.credentials_file(ref)
        if name in names:
            guard(report, name, claims.CREDENTIALS, _check_credentials, package, ref, key, report, identity)
    stray = {name for name in names if name.startswith("credentials/")} - {
        layout.credentials_file(ref) for ref in refs
    }
    for name in sorted(stray - {layout.CERTIFICATES}):
        report.add(name, False, f"{name} is of no video in the package.", claims.CREDENTIALS)
    if layout.CASE in names:
        guard(report, layout.CASE, claims.CASE, _check_case, package, refs, report)


def _check_credentials(package: Opened, ref: str, key: VerifierKey, report: Report, identity: Any) -> None:
    name, receipt = layout.credentials_file(ref), json_of(package, layout.receipt_file(ref))
    file = receipt["receipt"]["video"]["file"]
    video = plain.open_video(package, file, identity)
    if video is None:
        words = f"The content credentials of {file} can be compared with it once the agency's key opens it."
        report.add(name, True, words, claims.CREDENTIALS, checked=False)
        return
    credentials.check(video, content(package, name), receipt, content(package, layout.CERTIFICATES), key)
    report.add(
        name, True, f"The content credentials of {file} are its own, signed by {key.name}.", claims.CREDENTIALS
    )


def _check_case(package: Opened, refs: list[str], report: Report) -> None:
    request = json_of(package, layout.REQUEST)
    receipts = [json_of(package, layout.receipt_file(ref))["receipt"] for ref in refs]
    logs = [json_of(package, layout.custody_files(ref)[0]) for ref in refs]
    found = json_of(package, layout.CASE)
    told = _by_id(found)
    instance = told[case.instance_id(request)]["core:name"]
    if told != _by_id(case.document(request, receipts, logs, instance)) or len(told) != len(found["@graph"]):
        raise BadSignature("It says otherwise than the receipts and custody logs.")
    words = f"It says what receipts and custody logs say, in {case.FORMAT}: {len(told)} things."
    report.add(layout.CASE, True, words, claims.CASE)


def check_stamp(package: Opened, names: list[str], key: VerifierKey, authority: bytes | None, report: Report) -> None:
    """Check the time stamp of a package that says in bag-info.txt that it has one. `authority` as for the package."""
    told = guard(report, layout.INFO, claims.STAMP, lambda: bag.read_info(content(package, layout.INFO)))
    parts = {*layout.STAMPED, layout.STAMP_AUTHORITY}
    if told is None or (layout.STAMP_LABEL not in told and not parts & set(names)):
        return
    if layout.STAMP_LABEL not in told or not parts <= set(names):
        words = "bag-info.txt and the files of the package don't agree whether it has a time stamp."
        report.add(layout.STAMP, False, words, claims.STAMP)
        return
    guard(report, layout.STAMP, claims.STAMP, _check_stamp, package, key, authority, report)


def _check_stamp(package: Opened, key: VerifierKey, authority: bytes | None, report: Report) -> None:
    signature, stamp = content(package, layout.SIGNATURE), content(package, layout.STAMP)
    note = signing.open_note(content(package, layout.STAMP_NOTE).decode(), key)
    if note != layout.stamped_text(signature, stamp):
        raise BadSignature("The note beside it is over another stamp or signature.")
    brought = content(package, layout.STAMP_AUTHORITY)
    at = stamps.check(stamp, signature, authority or brought)
    whose = "which you gave" if authority else "which came with the package: compare it with the published one"
    words = f"The package's signature existed at {layout.moment(at)}, says a server under "
    report.add(layout.STAMP, True, f"{words}{stamps.authority_name(authority or brought)}, {whose}.", claims.STAMP)


def _by_id(document: Mapping[str, Any]) -> dict[str, Any]:
    return {node["@id"]: node for node in document["@graph"]}
