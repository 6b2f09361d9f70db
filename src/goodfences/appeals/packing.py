"""What an agency downloads of handed-in videos: a BagIt bag in a zip, made of the parts of evidence packages.

It isn't an evidence package: there is no request, no owner and no camera. Its receipt says what was handed in, and
what nobody can know of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from django.conf import settings

from goodfences import bag, source
from goodfences.appeals import custody, entries
from goodfences.appeals.models import Appeal, HandIn
from goodfences.bag import Digests
from goodfences.errors import refuse
from goodfences.evidence import chain, layout, opening, signing
from goodfences.evidence import keys as evidence_keys
from goodfences.evidence.assemble import Package
from goodfences.evidence.container import Entry, entry_of, total_size
from goodfences.ledger import keys as ledger_keys
from goodfences.ledger import proofs
from goodfences.vault.seek import SeekableReader

_README = """\
VIDEO HANDED IN FOR A PUBLIC APPEAL
===================================

Made by        {instance}
Made at        {made_at}
For            {agency}
Case           {case_number}
Appeal         {appeal}
Public record  entry {ledger_index} of the ledger {ledger}

Anybody could hand in a video for this appeal, with an account or without one. Nobody at {instance} knows who did,
unless the person added it: see "told" in receipts/. Where and when a video was taken is what its sender says of it.

data/       the videos: picture (and sound, where it was given) as it was handed in, in a new file without metadata
receipts/   for each, what was agreed to, its hashes, and the hashes of the file as it was handed in, signed
custody/    for each, who opened or downloaded it and when (.json to check, .txt to read)
appeal.json what was appealed for; ledger-proof.json proves that it was public

Check the files:  sha256sum -c manifest-sha256.txt ; sha256sum -c tagmanifest-sha256.txt
The folder is a BagIt bag (RFC 8493), which archives check with their own tools.
Check all of it:  goodfences verify PACKAGE.zip --key KEY, with the ledger's key as {instance} publishes it.
"""


def open_video(video: HandIn) -> SeekableReader:
    """A reader of the plain bytes; whoever asked closes it. Raises NotFound once the file is gone."""
    return opening.open_sealed(video.appeal.agency_id, video.blob)


def package(appeal: Appeal, videos: Sequence[HandIn]) -> Package:
    """The package of these videos, all handed in for `appeal`, as of now.

    Raises Refused while no checkpoint vouches for the appeal's ledger entry, container.TooLarge.
    """
    assert appeal.ledger_index is not None
    try:
        proof = proofs.bundle(appeal.ledger_index)
    except proofs.NotSigned as error:
        message = "The public ledger doesn't prove this appeal yet. Try again in a minute; nothing was downloaded."
        raise refuse("ledger.proof", "appeal", message) from error
    made_at = source.now()
    tags = _tags(appeal, videos, proof, layout.moment(made_at))
    payload = {_file(each): Digests(each.kept_size, each.kept_sha256, each.facts["sha512"]) for each in videos}
    octets = sum(each.kept_size for each in videos)
    tags[layout.INFO] = bag.info(
        {
            "Source-Organization": settings.INSTANCE_NAME,
            "External-Description": f"Video handed in for a public appeal of {appeal.agency.name}",
            "External-Identifier": appeal.ref,
            "Bagging-Date": made_at.date().isoformat(),
            "Made-At": layout.moment(made_at),
            "Payload-Oxum": f"{octets}.{len(videos)}",
        }
    )
    tags |= {name: bag.manifest(payload, algorithm) for algorithm, name in layout.MANIFESTS.items()}
    listed = {name: Digests.of([content]) for name, content in tags.items()}
    top = {name: bag.manifest(listed, algorithm) for algorithm, name in layout.TAG_MANIFESTS.items()}
    top[layout.SIGNATURE] = signing.sign_note(layout.signed_text(top), evidence_keys.evidence_key()).encode()
    base = f"goodfences-appeal-{appeal.ref}"
    files = [entry_of(f"{base}/{name}", content) for name, content in (tags | top).items()]
    files += [
        Entry(f"{base}/{_file(each)}", each.kept_size, each.facts["crc32"], partial(_chunks, each)) for each in videos
    ]
    made = Package(f"{base}.zip", sorted(files, key=lambda entry: entry.name), made_at)
    total_size(made.entries)
    return made


def _tags(appeal: Appeal, videos: Sequence[HandIn], proof: dict[str, Any], made_at: str) -> dict[str, bytes]:
    keys_ = {
        "format": layout.KEYS_FORMAT,
        "evidence_key": str(evidence_keys.evidence_key().verifier),
        "ledger_key": ledger_keys.public_key(),
        "voucher": evidence_keys.voucher(),
    }
    readme = _README.format(
        instance=settings.INSTANCE_NAME,
        made_at=made_at,
        agency=appeal.agency.name,
        case_number=appeal.case_number,
        appeal=appeal.ref,
        ledger_index=appeal.ledger_index,
        ledger=ledger_keys.origin(),
    )
    tags = {
        layout.BAGIT: bag.BAGIT,
        layout.APPEAL: layout.as_json(_appeal_as_json(appeal, proof)),
        layout.PROOF: layout.as_json(proof),
        layout.KEYS: layout.as_json(keys_),
        layout.README: readme.encode(),
    }
    for each in videos:
        tags[layout.receipt_file(each.ref)] = layout.as_json(each.receipt)
        (to_check, to_read), log = layout.custody_files(each.ref), custody.log_of(each)
        tags |= {to_check: layout.as_json(log), to_read: chain.in_words(log).encode()}
    return tags


def _appeal_as_json(appeal: Appeal, proof: dict[str, Any]) -> dict[str, Any]:
    """appeal.json: what the public record says of an appeal, and the case number that it commits to."""
    return {
        "ref": appeal.ref,
        "agency": appeal.agency.name,
        "case_number": appeal.case_number,
        "ledger": ledger_keys.origin(),
        "ledger_index": appeal.ledger_index,
        "public": proof["entry"]["body"],
        "details": entries.details(appeal),
    }


def _file(video: HandIn) -> str:
    return layout.handed_in_file(video.ref)


def _chunks(video: HandIn) -> Iterator[bytes]:
    yield from open_video(video).pieces()
