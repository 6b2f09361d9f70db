"""Checks a package of what anybody handed in for a public appeal. Knows no database and no Django."""

from __future__ import annotations

from goodfences.bag import Digests
from goodfences.evidence import claims, layout, receipts, subjects
from goodfences.evidence.findings import Report, guard, json_of
from goodfences.evidence.reading import Opened
from goodfences.evidence.signing import BadSignature
from goodfences_record.notes import VerifierKey


def check(package: Opened, names: list[str], ledger_key: str, key: VerifierKey, report: Report) -> None:
    """Check appeal, receipts and custody logs, each file of the package being of one of these videos."""
    guard(report, layout.PROOF, claims.APPEALED, _check_appeal, package, ledger_key, report)
    refs = sorted(
        name.removeprefix("receipts/").removesuffix(".json") for name in names if name.startswith("receipts/")
    )
    for ref in refs:
        guard(report, layout.receipt_file(ref), claims.HANDED_IN, _check_receipt, package, ref, key, report)
        guard(report, layout.custody_files(ref)[0], claims.CUSTODY, _check_custody, package, ref, report)
    of_these = {name for ref in refs for name in (layout.handed_in_file(ref), *layout.custody_files(ref))}
    for name in names:
        if name.startswith(("data/", "custody/")) and name not in of_these:
            report.add(name, False, f"{name} is of no video that was handed in.", claims.HANDED_IN)


def _check_appeal(package: Opened, ledger_key: str, report: Report) -> None:
    appeal = json_of(package, layout.APPEAL)
    proven = subjects.check_public(appeal, json_of(package, layout.PROOF), "appeal", ledger_key)
    words = f"The appeal is public: entry {proven.index} of the ledger {proven.checkpoint.origin}, {proven.at}."
    report.add(layout.PROOF, True, words, claims.APPEALED)


def _check_receipt(package: Opened, ref: str, key: VerifierKey, report: Report) -> None:
    appeal, name, file = json_of(package, layout.APPEAL), layout.receipt_file(ref), layout.handed_in_file(ref)
    signed = json_of(package, name)
    receipt = receipts.check(signed, key, form=receipts.HAND_IN_FORMAT)
    if signed["voucher"] != json_of(package, layout.KEYS)["voucher"]:
        raise BadSignature("It brings another word for the evidence key than the package.")
    if receipt["hand_in"] != ref:
        raise BadSignature("The receipt is for another video.")
    found, told = Digests.of(package.chunks(file)), receipt["as_kept"]
    if (told["size"], told["sha256"], told["sha512"]) != (found.size, found.sha256, found.sha512):
        raise BadSignature(f"The receipt is for another video than {file}: length or hashes differ.")
    asked = (receipt["appeal"], receipt["appeal_entry"], receipt["agency"])
    if asked != (appeal["ref"], appeal["ledger_index"], appeal["agency"]):
        raise BadSignature("The receipt is for another appeal than this package.")
    words = f"The receipt is genuine: {file} was handed in for this appeal and kept {receipt['kept_at']}"
    scanned = f", after {receipt['scanned_by']} had found no virus in it" if receipt["scanned_by"] else ""
    report.add(name, True, f"{words}{scanned}, and it is that video bit for bit.", claims.HANDED_IN)
    whole = f"The file as it was handed in had the SHA-256 {receipt['as_handed_in']['sha256']}."
    report.add(name, True, whole, claims.AS_HANDED_IN)


def _check_custody(package: Opened, ref: str, report: Report) -> None:
    receipt = json_of(package, layout.receipt_file(ref))["receipt"]
    subjects.check_custody(package, ref, receipt["as_kept"]["sha256"], report)
