"""README.txt of a package: what a court clerk needs to check it with common tools. Knows no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from goodfences.evidence.receipts import covered

_SEALED = """\
HOW TO OPEN THE VIDEOS

They are sealed to the agency's own key: their names end in .age, and nobody but a holder of that key can open them,
{instance} included. With the program age (https://age-encryption.org) and the file of the key:
       age -d -i KEY.txt -o NAME.mp4 data/NAME.mp4.age
The SHA-256 of a video that was opened is the one above. With the key,
       goodfences verify PACKAGE.zip --identity KEY.txt
compares them by itself and writes nothing.

"""
_TEXT = """\
EVIDENCE PACKAGE
================

Made by        {instance}
Made at        {made_at}
For            {agency}
Case           {case_number}
Request        {request}
Public record  entry {ledger_index} of the ledger {ledger}

WHAT THIS IS

{agency} asked the owners of cameras in an area for video recorded in a certain time. An owner chose to share
what is in this package. Each file in the folder data is one video, and nothing outside the times below is in it.

{videos}

WHAT IS IN THE PACKAGE

data/              the videos
receipts/          for each video, what its owner gave and what not, signed
custody/           for each video, who opened or downloaded it and when (.json to check, .txt to read)
credentials/       for each video, its content credentials (C2PA): beside it, so that the video stays as it was shared
report.html        what this package holds, to read and to print
view.html          plays the videos in any browser
case.jsonld        provenance and every hand it passed through, in CASE/UCO, for case systems
request.json       the request that the video was shared with
ledger-proof.json  the proof that the request stands in the public ledger
keys.json          the public keys that the signatures are checked with
manifest-*.txt     the SHA-256 and SHA-512 hashes of the videos
tagmanifest-*.txt  the hashes of all other files
signature.txt      the signature of {instance} over the whole package

{sealed}HOW TO CHECK IT WITH COMMON TOOLS

1. Unpack the zip and open a terminal in the folder with this file.
2. Linux or macOS (shasum -a 256 -c instead of sha256sum -c where that is missing):
       sha256sum -c manifest-sha256.txt
       sha256sum -c tagmanifest-sha256.txt
   Windows, in PowerShell: for each line of the two files, compare the hash at its beginning with that of
       Get-FileHash data\\NAME.mp4
   (capital and small letters are the same there).
3. Each line has to say OK. If one doesn't, that file was changed or damaged after the download.

The folder is a BagIt bag (RFC 8493), which archives and libraries can check with their own tools.

HOW TO CHECK ALL OF IT

Goodfences is free software. On any computer, without a network and without an account:
       goodfences verify PACKAGE.zip
It checks every byte of the zip, the hashes, the owner's receipt, the custody log and the proof that the request was
public, and says in words what holds and what doesn't. To be sure of who signed, ask {instance}
for its public ledger key, which it publishes at
       {address}
and add
       --key 'THE KEY'

WHAT CAN AND CAN'T BE CONCLUDED

- A receipt says under "cut_from" which recording the video was cut from, by two SHA-256 hashes: "sha256" of the
  clip as it was kept, and "sha256_as_recorded" of the file as it came from the recorder, before what it said beside
  picture and sound was taken out. Should a court ever have either produced, it can be matched.
- What each check proves, and what it doesn't, stands in report.html, and the program says it beside each check.
- The camera stood somewhere in the area that {agency} drew.
  Where in it, the package doesn't say, unless the owner chose to add that.
- A video "as the camera coded it" is the camera's own bit stream between two key frames, not a copy of lesser
  quality. One that was "encoded anew" begins and ends at the exact second that the owner chose; every frame was
  decoded and encoded again.
- Where something is "covered" in a video, its owner covered it before sharing: those pixels were replaced with gray
  before the picture was encoded, and nothing of them is in the file. The receipt says how many boxes and areas there
  are. The recording under "cut_from" has them uncovered.
- Times are those of the recorder's clock, in UTC (Z). How far it was from the server's clock when the recording was
  announced, the receipt says under "clock", where it was measured.
- The package doesn't say who the owner is, unless the owner chose to add that, and it says nothing about anyone
  who was asked and did not share: nobody at {agency} can know whether there are such people.
"""


def text(
    *,
    request: Mapping[str, Any],
    receipts: Sequence[Mapping[str, Any]],
    made_at: str,
    instance: str,
    address: str,
    sealed: bool = False,
) -> bytes:
    """The README of a package. `receipts` are the contents of the consent receipts."""
    return _TEXT.format(
        instance=instance,
        made_at=made_at,
        agency=request["agency"],
        case_number=request["case_number"],
        request=request["ref"],
        ledger_index=request["ledger_index"],
        ledger=request["ledger"],
        address=address,
        videos="\n\n".join(_video(receipt) for receipt in receipts),
        sealed=_SEALED.format(instance=instance) if sealed else "",
    ).encode()


def _video(receipt: Mapping[str, Any]) -> str:
    video = receipt["video"]
    return (
        f"{video['file']}\n"
        f"    from {video['starts_at']} to {video['ends_at']}, {coded(video)}\n"
        f"    SHA-256 {video['sha256']}\n"
        f"    shared {receipt['shared_at']}"
    )


def coded(video: Mapping[str, Any]) -> str:
    """How a video was made out of what the camera recorded, in words. `video` as in a receipt."""
    how = "encoded anew for the exact second" if video["reencoded"] else "as the camera coded it"
    hidden = video.get("covered", {"boxes": 0, "areas": 0})
    if any(hidden.values()):
        how += f", with {covered(**hidden)} covered"
    return f"{how}, {'with sound' if video['audio'] else 'without sound'}"
