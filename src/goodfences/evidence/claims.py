"""What a package claims, what each claim proves, and what it doesn't. Knows no database and no Django.

Whoever checks a package reads these words beside what was found, and so does whoever opens its report. A claim
that says more than was checked would be worse than none.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Claim:
    """One claim, in words for a court: `proves` where everything about it holds, and `not_proven` all the same."""

    name: str
    title: str
    proves: str
    not_proven: str


WHOLE = "whole"
SIGNED = "signed"
PUBLIC = "public"
CONSENT = "consent"
SEALED = "sealed"
ORIGIN = "origin"
CLOCK = "clock"
CUSTODY = "custody"
CREDENTIALS = "credentials"
CASE = "case"
STAMP = "stamp"
APPEALED = "appealed"
HANDED_IN = "handed_in"
AS_HANDED_IN = "as_handed_in"

ALL = (  # of what an owner shared
    Claim(
        WHOLE,
        "Nothing was changed since the package was made",
        "Every byte of every file is the one that was packed, and no file was added or taken away.",
        "That what was packed is true, or that the camera recorded what there was to see.",
    ),
    Claim(
        SIGNED,
        "The package comes from this instance",
        "It was made by whoever holds the instance's evidence key, for which the key of its public ledger vouches.",
        "Who that is: compare the ledger's key with the one that the instance publishes. An operator who lies can "
        "sign a lie.",
    ),
    Claim(
        PUBLIC,
        "The request for this video is public",
        "The agency's request, with exactly these details, is an entry of the public ledger, at that place and time.",
        "That the request was lawful or justified, or that others saw the ledger in this state.",
    ),
    Claim(
        CONSENT,
        "An owner shared this video for this request",
        "The instance recorded that an owner gave this part of a recording to this request, and the video is that "
        "part bit for bit.",
        "Who the owner is, where in the area the camera stands, or that the owner was free in the decision.",
    ),
    Claim(
        SEALED,
        "The video lies sealed to the agency's own key",
        "The sealed file is the one that was packed; only a holder of the agency's key can open it.",
        "What is in it, before it is opened: with --identity KEYFILE it is compared with the receipt.",
    ),
    Claim(
        ORIGIN,
        "The video was cut out of one recording",
        "Should that recording ever be produced, its SHA-256 can be compared with the receipt.",
        "Anything by itself: the recording isn't in the package, and is deleted after some time.",
    ),
    Claim(
        CLOCK,
        "The recorder's clock was compared with the server's",
        "When the recording was announced, the two clocks differed by no more than the receipt says.",
        "That the server's clock was right, or that the recorder's hadn't been set in between.",
    ),
    Claim(
        CUSTODY,
        "Every opening and download is written down",
        "Until this package was made, the video was handled by those named, at those times, in that order; no event "
        "can have been taken out.",
        "What was done with any copy after a download.",
    ),
    Claim(
        CREDENTIALS,
        "The video carries content credentials (C2PA)",
        "Any C2PA reader can see that the picture and sound are those that the instance signed, and what was done "
        "to them.",
        "That a camera made them: the camera signs nothing itself. The certificate is the instance's own and on no "
        "public list.",
    ),
    Claim(
        CASE,
        "The provenance is there in CASE/UCO",
        "case.jsonld names the same videos, hashes, times and hands as the receipts and the custody logs.",
        "Anything beyond those: it says the same in a form that case systems read.",
    ),
    Claim(
        STAMP,
        "A time-stamp server saw the package",
        "The signed package existed at the time that the server gives, by that server's own clock and key.",
        "When the video was recorded, or that the server can be trusted: give its certificate with --tsa-ca.",
    ),
)
OF_AN_APPEAL = (
    Claim(
        APPEALED,
        "The public appeal for this video is public",
        "The agency's call for video, for exactly this case, is an entry of the public ledger, at that place and "
        "time.",
        "That the appeal was justified, or that others saw the ledger in this state.",
    ),
    Claim(
        HANDED_IN,
        "Somebody handed in this video for this appeal",
        "The instance recorded that this was handed in for this appeal, and the video is what it kept of it, bit for "
        "bit: picture, and sound where it was given, in a new file without metadata.",
        "Who handed it in or filmed it, where, and when: that is what its sender says, and nobody checked it.",
    ),
    Claim(
        AS_HANDED_IN,
        "The file that was handed in can be recognized",
        "Should that file ever be produced, its SHA-256 and SHA-512 can be compared with the receipt.",
        "Anything by itself: the file isn't in the package, and was deleted after its check.",
    ),
)
"""In the place of what a request, a consent and a cut have to say, where a package holds what was handed in."""

EVERY = (*ALL[:2], *OF_AN_APPEAL, *ALL[2:])
BY_NAME = {claim.name: claim for claim in EVERY}
