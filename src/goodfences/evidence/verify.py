"""Checks an evidence package offline: no database, no network, no Django.

Every byte of a package belongs to something that is checked: the container has one possible form, the manifests
list every file and have one possible form, and a signature covers the manifests.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from goodfences import bag
from goodfences.bag import BadBag, Digests
from goodfences.evidence import chain, container, layout, receipts, signing
from goodfences.evidence.chain import BrokenChain
from goodfences.evidence.container import Damaged
from goodfences.evidence.reading import Folder, Opened, Zip, content
from goodfences.evidence.signing import BadSignature
from goodfences_record import offline
from goodfences_record.canonical import NotCanonical, canonical
from goodfences_record.notes import VerifierKey

_TROUBLE = (
    BadBag, BadSignature, BrokenChain, Damaged, NotCanonical, offline.Broken,
    ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError,
)  # fmt: skip
"""What a damaged or forged package can cause while it is read. Each is a finding, never a crash."""


@dataclass(frozen=True)
class Finding:
    """One thing that was checked: which part, whether it holds, and in words what that means."""

    part: str
    holds: bool
    words: str


@dataclass
class Report:
    """Everything that was checked, in order. `trusted` is False where no public key from outside was given."""

    findings: list[Finding] = field(default_factory=list)
    trusted: bool = False

    @property
    def holds(self) -> bool:
        return bool(self.findings) and all(finding.holds for finding in self.findings)

    @property
    def broken(self) -> list[Finding]:
        return [finding for finding in self.findings if not finding.holds]

    def add(self, part: str, holds: bool, words: str) -> None:
        self.findings.append(Finding(part, holds, words))


def verify_package(path: str | Path, public_key: str | None = None) -> Report:
    """Check the package at `path`, a zip or an unpacked folder.

    `public_key` is the instance's ledger key (C2SP form), from somewhere other than the package; without it
    the package is checked against the key that it brings along. Never raises for what is in the package; raises
    OSError where there is nothing at `path`.
    """
    path = Path(path)
    report = Report(trusted=public_key is not None)
    if path.is_dir():
        _check_files(Folder(path), report, public_key)
        return report
    with path.open("rb") as file:
        try:
            package = Zip(file)
        except Damaged as error:
            report.add("zip", False, f"The zip can't be read as a package: {error}")
            return report
        _check_files(package, report, public_key)
        _guard(report, "zip", _check_container, package, report)
    return report


def _check_files(package: Opened, report: Report, public_key: str | None) -> None:
    names = _guard(report, "folder", package.names)
    if names is None:
        return
    missing = {layout.BAGIT, layout.INFO, layout.README, layout.REQUEST, layout.PROOF, layout.KEYS} - set(names)
    missing |= {*layout.MANIFESTS.values(), *layout.UNLISTED} - set(names)
    if missing:
        report.add("files", False, f"The package lacks {', '.join(sorted(missing))}.")
        return
    _check_bag(package, names, report)
    keys = _guard(report, layout.KEYS, _check_keys, package, report, public_key)
    if keys is not None:
        _guard(report, layout.SIGNATURE, _check_signature, package, keys[1], report)
        _guard(report, layout.PROOF, _check_request, package, keys[0], report)
        _check_videos(package, names, keys[1], report)


def _check_bag(package: Opened, names: list[str], report: Report) -> None:
    payload = [name for name in names if name.startswith("data/")]
    tags = [name for name in names if not name.startswith("data/") and name not in layout.UNLISTED]
    _guard(report, layout.BAGIT, _check_declaration, package)
    _guard(report, layout.INFO, _check_info, package, payload, report)
    digests = {name: _guard(report, name, _digests, package, name) for name in payload + tags}
    groups = [(layout.MANIFESTS, payload, "video"), (layout.TAG_MANIFESTS, tags, "file")]
    for manifests, files, what in groups:
        for algorithm, name in manifests.items():
            held = {file: digest for file in files if (digest := digests[file]) is not None}
            _guard(report, name, _check_manifest, package, algorithm, name, held, what, report)


def _digests(package: Opened, name: str) -> Digests:
    return Digests.of(package.chunks(name))


def _check_declaration(package: Opened) -> None:
    if content(package, layout.BAGIT) != bag.BAGIT:
        raise BadBag("It doesn't say that this is a BagIt 1.0 bag in UTF-8.")


def _check_info(package: Opened, payload: list[str], report: Report) -> None:
    info = bag.read_info(content(package, layout.INFO))
    oxum = f"{sum(package.size(name) for name in payload)}.{len(payload)}"
    made = layout.read_moment(info["Made-At"])
    if not payload or info["Payload-Oxum"] != oxum or info["Bagging-Date"] != made.date().isoformat():
        raise BadBag(f"It doesn't fit what is in the bag ({oxum}).")
    if bag.info(info) != content(package, layout.INFO):
        raise BadBag("It isn't written as a package writes it.")
    report.add(layout.INFO, True, f"It is a BagIt bag with {_videos(len(payload))}, made {info['Made-At']}.")


def _check_manifest(
    package: Opened, algorithm: str, name: str, files: dict[str, Digests], what: str, report: Report
) -> None:
    listed = bag.read_manifest(content(package, name), algorithm)
    for extra in sorted(set(files) - set(listed)):
        report.add(extra, False, f"{extra} is in the package, but {name} doesn't list it.")
    for lost in sorted(set(listed) - set(files)):
        report.add(lost, False, f"{lost} is listed in {name}, but isn't in the package.")
    changed = [file for file in sorted(set(files) & set(listed)) if files[file].get(algorithm) != listed[file]]
    for file in changed:
        report.add(file, False, f"{file} was changed or damaged, or {name} was: its {algorithm} is not as listed.")
    if not changed and set(files) == set(listed):
        report.add(name, True, f"Every {what} has the {algorithm.upper()} that is listed ({len(listed)}).")


def _check_keys(package: Opened, report: Report, public_key: str | None) -> tuple[str, VerifierKey]:
    keys = _json(package, layout.KEYS)
    if set(keys) != {"format", "evidence_key", "ledger_key", "voucher"} or keys["format"] != layout.KEYS_FORMAT:
        raise BadSignature("It isn't a list of keys as packages have it.")
    ledger_key = signing.read_key(keys["ledger_key"])
    if public_key is not None and public_key.strip() != keys["ledger_key"]:
        raise BadSignature(f"It was signed under the key of {ledger_key.name}, which isn't the key you gave.")
    evidence_key = signing.vouched_for(keys["voucher"], ledger_key)
    if str(evidence_key) != keys["evidence_key"]:
        raise BadSignature("The ledger's key vouches for another evidence key.")
    whose = (
        "which is the one you gave"
        if public_key
        else "which came with the package: compare it with the published one"
    )
    report.add(layout.KEYS, True, f"The keys belong together, under the ledger key {ledger_key}, {whose}.")
    return keys["ledger_key"], evidence_key


def _check_signature(package: Opened, key: VerifierKey, report: Report) -> None:
    top = {name: content(package, name) for name in layout.TAG_MANIFESTS.values()}
    text = signing.open_note(content(package, layout.SIGNATURE).decode(), key)
    if text != layout.signed_text(top):
        raise BadSignature("The signature is over other hashes: a tag manifest or the signature was changed.")
    report.add(layout.SIGNATURE, True, f"{key.name} signed the whole package.")


def _check_request(package: Opened, ledger_key: str, report: Report) -> None:
    request = _json(package, layout.REQUEST)
    proven = offline.verify_bundle(_json(package, layout.PROOF), public_key=ledger_key)
    if proven.kind != "request.opened" or proven.subject != f"request:{request['ref']}":
        raise offline.Broken(f"The proof is of another entry ({proven.kind} of {proven.subject}).")
    if proven.body is None or proven.index != request["ledger_index"]:
        raise offline.Broken("The request names another ledger entry than the one that is proven.")
    if request["public"] != proven.body or request["agency"] != proven.body["agency_name"]:
        raise offline.Broken("The public record says otherwise than request.json.")
    details = request["details"]
    if hashlib.sha256(canonical(details)).hexdigest() != proven.body["details_sha256"]:
        raise offline.Broken("The details of the request are not those that the public record commits to.")
    if details["case_number"] != request["case_number"] or details["request"] != request["ref"]:
        raise offline.Broken("The details are those of another case or request.")
    words = f"The request is public: entry {proven.index} of the ledger {proven.checkpoint.origin}, {proven.at}."
    report.add(layout.PROOF, True, words)


def _check_videos(package: Opened, names: list[str], key: VerifierKey, report: Report) -> None:
    refs = {name.removeprefix("receipts/").removesuffix(".json") for name in names if name.startswith("receipts/")}
    files: set[str] = set()
    for ref in sorted(refs):
        done = _guard(report, layout.receipt_file(ref), _check_receipt, package, ref, key, report)
        _guard(report, layout.custody_files(ref)[0], _check_custody, package, ref, report)
        files.add(done or "")
    for name in sorted(name for name in names if name.startswith("data/") and name not in files):
        report.add(name, False, f"No receipt that holds is for {name}: nothing shows that an owner shared it.")


def _check_receipt(package: Opened, ref: str, key: VerifierKey, report: Report) -> str:
    request = _json(package, layout.REQUEST)
    signed = _json(package, layout.receipt_file(ref))
    receipt = receipts.check(signed, key)
    if signed["voucher"] != _json(package, layout.KEYS)["voucher"]:
        raise BadSignature("It brings another word for the evidence key than the package.")
    video, asked = receipt["video"], receipt["request"]
    digests = Digests.of(package.chunks(video["file"]))
    if video["ref"] != ref or (video["sha256"], video["sha512"]) != (digests.sha256, digests.sha512):
        raise BadSignature(f"The receipt is for another video than {video['file']}: their hashes differ.")
    if video["size"] != digests.size:
        raise BadSignature(f"The receipt says that {video['file']} has another length.")
    if any(request.get(name) != value for name, value in asked.items()):
        raise BadSignature("The receipt is for another request than this package.")
    hidden = video.get("covered", {"boxes": 0, "areas": 0})
    words = (
        f"The owner's receipt is genuine: {video['file']} was shared {receipt['shared_at']} for this request, "
        f"from {video['starts_at']} to {video['ends_at']}, and it is that video bit for bit"
        f"{', with ' + receipts.covered(**hidden) + ' covered' if any(hidden.values()) else ''}."
    )
    report.add(layout.receipt_file(ref), True, words)
    file: str = video["file"]
    return file


def _check_custody(package: Opened, ref: str, report: Report) -> None:
    to_check, to_read = layout.custody_files(ref)
    log = _json(package, to_check)
    chain.check(log)
    receipt = _json(package, layout.receipt_file(ref))["receipt"]
    if log["video"] != ref or log["video_sha256"] != receipt["video"]["sha256"]:
        raise BrokenChain("It is the log of another video.")
    if chain.in_words(log).encode() != content(package, to_read):
        raise BrokenChain(f"{to_read} doesn't say the same.")
    events = log["events"]
    words = f"The custody log is whole: {len(events)} events from {events[0]['at']} to {events[-1]['at']}."
    report.add(to_check, True, words)


def _check_container(package: Zip, report: Report) -> None:
    changed = package.changed()
    for name in changed:
        report.add(
            name, False, f"{name} isn't as it was packed: both of its checksums in the zip are of other bytes."
        )
    if layout.INFO in changed:
        return  # it says when the zip was made, which stands in every header
    made = layout.read_moment(bag.read_info(content(package, layout.INFO))["Made-At"])
    entries = package.entries()
    if [entry.name for entry in entries] != sorted(entry.name for entry in entries):
        raise Damaged("The files aren't in the order that a package has.")
    for name, entry in zip(package.names(), entries, strict=True):
        at, header = package.header(name)
        _same(f"the header of {name}", at, header, container.local_header(entry, made))
    at, tail = package.tail()
    _same("the directory at its end", at, tail, container.central_directory(entries, made))
    if not changed:
        report.add("zip", True, "The zip has the one form that a package of this content can have, to the last byte.")


def _same(what: str, at: int, found: bytes, expected: bytes) -> None:
    if found == expected:
        return
    shared = min(len(found), len(expected))
    offset = next((n for n in range(shared) if found[n] != expected[n]), shared)
    raise Damaged(f"Byte {at + offset} of the zip, in {what}, isn't what it should be.")


def _json(package: Opened, name: str) -> dict[str, Any]:
    value = json.loads(content(package, name))
    if not isinstance(value, dict):
        raise BadBag(f"{name} isn't a JSON object.")
    return value


def _guard(report: Report, part: str, check: Callable[..., Any], *given: Any) -> Any:
    """What `check(*given)` answers; where the package causes an error instead, that is a finding about `part`."""
    try:
        return check(*given)
    except _TROUBLE as error:
        words = str(error) if not isinstance(error, KeyError) else f"The part {error} is missing."
        report.add(part, False, f"{part} doesn't hold: {words}")
        return None


def lines(report: Report) -> Iterator[str]:
    """The report as lines to print: what holds, then what doesn't."""
    for finding in report.findings:
        yield f"{'holds ' if finding.holds else 'BROKEN'}  {finding.words}"
    yield ""
    yield _verdict(report)


def _verdict(report: Report) -> str:
    if not report.holds:
        count = len(report.broken)
        what = "one thing doesn't hold" if count == 1 else f"{count} things don't hold"
        return f"This package can't be relied on: {what}."
    if not report.trusted:
        return "Everything holds, under the key inside the package. Compare that key with the published one."
    return "Everything holds."


def _videos(count: int) -> str:
    return "one video" if count == 1 else f"{count} videos"
