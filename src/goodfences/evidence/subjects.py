"""What is checked alike of what an owner shared and of what anybody handed in. Knows no database and no Django."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from goodfences.evidence import chain, claims, layout
from goodfences.evidence.chain import BrokenChain
from goodfences.evidence.findings import Report, json_of
from goodfences.evidence.reading import Opened, content
from goodfences_record import offline
from goodfences_record.canonical import canonical


def refs_of(names: Iterable[str]) -> list[str]:
    """The videos that there are receipts of."""
    found = (name.removeprefix("receipts/") for name in names if name.startswith("receipts/"))
    return sorted(name.removesuffix(".json") for name in found)


def check_public(said: Mapping[str, Any], proof: Mapping[str, Any], what: str, ledger_key: str) -> offline.Proven:
    """The entry that opened what `said` is about, a `request` or an `appeal`. Raises offline.Broken."""
    proven = offline.verify_bundle(dict(proof), public_key=ledger_key)
    if proven.kind != f"{what}.opened" or proven.subject != f"{what}:{said['ref']}":
        raise offline.Broken(f"The proof is of another entry ({proven.kind} of {proven.subject}).")
    if proven.body is None or proven.index != said["ledger_index"]:
        raise offline.Broken(f"The {what} names another ledger entry than the one that is proven.")
    if said["public"] != proven.body or said["agency"] != proven.body["agency_name"]:
        raise offline.Broken(f"The public record says otherwise than {what}.json.")
    details = said["details"]
    if hashlib.sha256(canonical(details)).hexdigest() != proven.body["details_sha256"]:
        raise offline.Broken(f"The details of the {what} are not those that the public record commits to.")
    if details["case_number"] != said["case_number"] or details[what] != said["ref"]:
        raise offline.Broken(f"The details are those of another case or {what}.")
    return proven


def check_custody(package: Opened, ref: str, sha256: str, report: Report) -> None:
    """Adds what holds of the custody log of a video. Raises BrokenChain."""
    to_check, to_read = layout.custody_files(ref)
    log = json_of(package, to_check)
    chain.check(log)
    if log["video"] != ref or log["video_sha256"] != sha256:
        raise BrokenChain("It is the log of another video.")
    if chain.in_words(log).encode() != content(package, to_read):
        raise BrokenChain(f"{to_read} doesn't say the same.")
    events = log["events"]
    words = f"The custody log is whole: {len(events)} events from {events[0]['at']} to {events[-1]['at']}."
    report.add(to_check, True, words, claims.CUSTODY)
