"""Checks an evidence package offline: no database, no network, no Django.

Every byte of a package belongs to something that is checked: the container has one possible form, the manifests
list every file and have one possible form, and a signature covers the manifests.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from goodfences import bag
from goodfences.bag import BadBag, Digests
from goodfences.evidence import (
    attachments,
    claims,
    container,
    handed_in,
    layout,
    pages,
    plain,
    receipts,
    signing,
    subjects,
)
from goodfences.evidence.container import Damaged
from goodfences.evidence.findings import Finding, Report, guard, json_of, lines
from goodfences.evidence.reading import Folder, Opened, Zip, content
from goodfences.evidence.signing import BadSignature
from goodfences_record.notes import VerifierKey

__all__ = ["Finding", "Report", "lines", "verify_package"]


def verify_package(
    path: str | Path, public_key: str | None = None, authority: bytes | None = None, identity: Any = None
) -> Report:
    """Check the package at `path`, a zip or an unpacked folder.

    `public_key` is the instance's ledger key (C2SP form), from somewhere other than the package; without it
    the package is checked against the key that it brings along. `authority` is the root certificate (PEM) that a time
    stamp has to hold under; without it, the one in the package. `identity` (pyrage) opens videos that are
    sealed to the agency's own key. Never raises for what is in the package; raises
    OSError where there is nothing at `path`.
    """
    path = Path(path)
    report = Report(trusted=public_key is not None)
    if path.is_dir():
        _check_files(Folder(path), report, public_key, authority, identity)
        return report
    with path.open("rb") as file:
        try:
            package = Zip(file)
        except Damaged as error:
            report.add("zip", False, f"The zip can't be read as a package: {error}")
            return report
        _check_files(package, report, public_key, authority, identity)
        guard(report, "zip", claims.WHOLE, _check_container, package, report)
    return report


def _check_files(
    package: Opened, report: Report, public_key: str | None, authority: bytes | None, identity: Any
) -> None:
    names = guard(report, "folder", claims.WHOLE, package.names)
    if names is None:
        return
    subject = layout.APPEAL if layout.APPEAL in names and layout.REQUEST not in names else layout.REQUEST
    missing = {layout.BAGIT, layout.INFO, layout.README, subject, layout.PROOF, layout.KEYS} - set(names)
    missing |= {*layout.MANIFESTS.values(), *layout.UNLISTED} - set(names)
    if missing:
        report.add("files", False, f"The package lacks {', '.join(sorted(missing))}.")
        return
    _check_bag(package, names, report)
    keys = guard(report, layout.KEYS, claims.SIGNED, _check_keys, package, report, public_key)
    if keys is not None:
        guard(report, layout.SIGNATURE, claims.SIGNED, _check_signature, package, keys[1], report)
        if subject == layout.APPEAL:
            handed_in.check(package, names, keys[0], keys[1], report)
        else:
            guard(report, layout.PROOF, claims.PUBLIC, _check_request, package, keys[0], report)
            _check_videos(package, names, keys[1], report, identity)
            attachments.check(package, names, keys[1], report, identity)
        attachments.check_stamp(package, names, keys[1], authority, report)


def _check_bag(package: Opened, names: list[str], report: Report) -> None:
    payload = [name for name in names if name.startswith("data/")]
    tags = [name for name in names if not name.startswith("data/") and name not in layout.UNLISTED | layout.STAMPED]
    guard(report, layout.BAGIT, claims.WHOLE, _check_declaration, package)
    guard(report, layout.INFO, claims.WHOLE, _check_info, package, payload, report)
    digests = {name: guard(report, name, claims.WHOLE, _digests, package, name) for name in payload + tags}
    groups = [(layout.MANIFESTS, payload, "video"), (layout.TAG_MANIFESTS, tags, "file")]
    for manifests, files, what in groups:
        for algorithm, name in manifests.items():
            held = {file: digest for file in files if (digest := digests[file]) is not None}
            guard(report, name, claims.WHOLE, _check_manifest, package, algorithm, name, held, what, report)


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
    keys = json_of(package, layout.KEYS)
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
    report.add(
        layout.KEYS, True, f"The keys belong together, under the ledger key {ledger_key}, {whose}.", claims.SIGNED
    )
    return keys["ledger_key"], evidence_key


def _check_signature(package: Opened, key: VerifierKey, report: Report) -> None:
    top = {name: content(package, name) for name in layout.TAG_MANIFESTS.values()}
    text = signing.open_note(content(package, layout.SIGNATURE).decode(), key)
    if text != layout.signed_text(top):
        raise BadSignature("The signature is over other hashes: a tag manifest or the signature was changed.")
    report.add(layout.SIGNATURE, True, f"{key.name} signed the whole package.", claims.SIGNED)


def _check_request(package: Opened, ledger_key: str, report: Report) -> None:
    request = json_of(package, layout.REQUEST)
    proven = subjects.check_public(request, json_of(package, layout.PROOF), "request", ledger_key)
    words = f"The request is public: entry {proven.index} of the ledger {proven.checkpoint.origin}, {proven.at}."
    report.add(layout.PROOF, True, words, claims.PUBLIC)


def _check_videos(package: Opened, names: list[str], key: VerifierKey, report: Report, identity: Any) -> None:
    files: set[str] = set()
    for ref in subjects.refs_of(names):
        done = guard(
            report, layout.receipt_file(ref), claims.CONSENT, _check_receipt, package, ref, key, report, identity
        )
        guard(report, layout.custody_files(ref)[0], claims.CUSTODY, _check_custody, package, ref, report)
        files.add(done or "")
    for name in sorted(name for name in names if name.startswith("data/") and name not in files):
        report.add(
            name,
            False,
            f"No receipt that holds is for {name}: nothing shows that an owner shared it.",
            claims.CONSENT,
        )


def _check_receipt(package: Opened, ref: str, key: VerifierKey, report: Report, identity: Any) -> str:
    request = json_of(package, layout.REQUEST)
    signed = json_of(package, layout.receipt_file(ref))
    receipt = receipts.check(signed, key)
    if signed["voucher"] != json_of(package, layout.KEYS)["voucher"]:
        raise BadSignature("It brings another word for the evidence key than the package.")
    video, asked = receipt["video"], receipt["request"]
    file, digests = plain.stored_as(package, video["file"]), plain.digests_of(package, video["file"], identity)
    if video["ref"] != ref:
        raise BadSignature("The receipt is for another video.")
    if digests is not None and (video["sha256"], video["sha512"]) != (digests.sha256, digests.sha512):
        raise BadSignature(f"The receipt is for another video than {video['file']}: their hashes differ.")
    if digests is not None and video["size"] != digests.size:
        raise BadSignature(f"The receipt says that {video['file']} has another length.")
    if any(request.get(name) != value for name, value in asked.items()):
        raise BadSignature("The receipt is for another request than this package.")
    hidden = video.get("covered", {"boxes": 0, "areas": 0})
    same = "" if digests is None else ", and it is that video bit for bit"
    words = (
        f"The owner's receipt is genuine: {video['file']} was shared {receipt['shared_at']} for this request, "
        f"from {video['starts_at']} to {video['ends_at']}{same}"
        f"{', with ' + receipts.covered(**hidden) + ' covered' if any(hidden.values()) else ''}."
    )
    report.add(layout.receipt_file(ref), True, words, claims.CONSENT)
    _say_where_from(receipt, ref, report)
    if file != video["file"]:
        words = f"{file} is sealed to the agency's own key{'' if digests is None else ', which opens it'}."
        report.add(file, True, words, claims.SEALED, checked=digests is not None)
    return file


def _say_where_from(receipt: dict[str, Any], ref: str, report: Report) -> None:
    """What the genuine receipt says of the recording and of its clock."""
    for name, value in receipt["cut_from"].items():
        words = f"The video was cut from a recording whose SHA-256 ({name}) is {value}."
        report.add(layout.receipt_file(ref), True, words, claims.ORIGIN)
    if receipt.get("clock", {}).get("measured"):
        report.add(layout.receipt_file(ref), True, pages.clock_words(receipt), claims.CLOCK)


def _check_custody(package: Opened, ref: str, report: Report) -> None:
    receipt = json_of(package, layout.receipt_file(ref))["receipt"]
    subjects.check_custody(package, ref, receipt["video"]["sha256"], report)


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


def _videos(count: int) -> str:
    return "one video" if count == 1 else f"{count} videos"
