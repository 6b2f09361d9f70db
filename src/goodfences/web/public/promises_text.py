"""The promises in plain words, in the order of docs/promises.md."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise as Text
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Promise:
    """One promise: its name, what it means for the reader, and what makes it true."""

    number: int
    title: str | Text
    means: str | Text
    because: str | Text


PROMISES = (
    Promise(
        1,
        _("No live view, no standing access"),
        _("An agency gets recorded video only, only what an owner shared, and only for that one request."),
        _("There is no switch for always sharing, and the code that officers' pages can reach knows no cameras."),
    ),
    Promise(
        2,
        _("Silence is private"),
        _("Saying no, doing nothing, having nothing and not having a camera all look the same to an agency."),
        _("Officers' pages are made of shared video alone. We test that they don't differ by a single byte."),
    ),
    Promise(
        3,
        _("Consent is specific"),
        _(
            "One request, the clips you choose, from the second you choose to the second you choose. No name, no "
            "address, no sound unless you add them. You can take it back until the agency has downloaded it."
        ),
        _("What you didn't choose never leaves, and you get a receipt that says what did."),
    ),
    Promise(
        4,
        _("No is one click"),
        _(
            "You can decline from the email without signing in. Not hearing from an agency again, or from any, is "
            "one click more. Nothing bad follows."
        ),
        _("The link in the email is for you alone, and a button behind it makes sure that no mail scanner decides."),
    ),
    Promise(
        5,
        _("Every act of an agency is public, before it works"),
        _("Agreements and requests are in a public ledger before any owner hears of them."),
        _("Footage moves only against the proof that its request is in the ledger, and you can check the proof."),
    ),
    Promise(
        6,
        _("The rules are the same for everyone"),
        _("One policy for all agencies. An agreement can make it stricter, and nobody can make it looser."),
        _("The policy is a file that you can read, checked in one place, and each change of it is in the ledger."),
    ),
    Promise(
        7,
        _("Footage is sealed"),
        _("Each clip is encrypted where it is stored. When its key is deleted, the clip is gone."),
        _("Clips are age files, a published format, with a key each."),
    ),
    Promise(
        8,
        _("Nothing that we confirmed is lost"),
        _(
            "When a page says that something is done, it stays done, also through a power cut. You never get the "
            "same email twice."
        ),
        _("We pull the plug in our tests, again and again."),
    ),
    Promise(
        9,
        _("Places are coarse"),
        _(
            "We never store your address or your coordinates, only a cell of about 50 meters. The public record "
            "shows half a mile. Of a video that you share, an agency learns no more of the place than the area that "
            "it drew."
        ),
        _("Your browser turns the pin on the map into a cell before it sends anything."),
    ),
    Promise(
        10,
        _("Watching is watched"),
        _("Whenever an officer opens or downloads what you shared, you see who it was, when, and for which case."),
        _("The page that shows the video writes the log first."),
    ),
    Promise(
        11,
        _("No third parties"),
        _("These pages load nothing from anywhere else, and our emails hold no trackers."),
        _("Fonts and maps come from this server, and your browser is told to refuse everything else."),
    ),
    Promise(
        12,
        _("Your data is yours"),
        _("Take all of it along, or have all of it deleted, whenever you like."),
        _("Both are buttons in your settings, not letters to us."),
    ),
)
