"""Who can't be a partner: federal and immigration agencies, whatever they call their kind.

The check reads the name and the jurisdiction as an operator typed them. It is a guard against mistake and
pressure, and the agreement is public, so that anyone can see what slipped past it.
"""

from __future__ import annotations

import re
import unicodedata

# Acronyms that are ordinary words in another spelling are matched in capitals alone: ICE, not Ice Harbor.
_ACRONYMS = re.compile(r"\b(FBI|DHS|CBP|HSI|ATF|BATFE|DEA|USMS|USSS|USBP|USCIS|USPIS|TSA|NSA|CIA|DOJ)\b", re.I)
_CAPITALS = re.compile(r"\b(ICE|ERO|INS)\b")
_WORDS = re.compile(
    r"\b("
    r"federal(?! way\b)|immigration|deportation|customs|homeland security|secret service"
    r"|border (patrol|protection|force|guard)"
    r"|drug enforcement|alcohol,? tobacco|marshals service|(us|united states) marshals?"
    r"|united states|bureau of investigation|department of justice|national guard"
    r"|inmigraci[oó]n|migraci[oó]n|patrulla fronteriza|aduanas?"
    r")\b",
    re.I,
)


def federal_or_immigration(text: str) -> str:
    """The word in `text` that names a federal or immigration agency; empty if there is none.

    Dots are left out (F.B.I., U.S. Marshals) and look-alike letters folded (NFKC) before looking.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).replace(".", "").split())
    if plain.casefold() == "ice":
        return plain
    for pattern in (_ACRONYMS, _CAPITALS, _WORDS):
        found = pattern.search(plain)
        if found:
            return found.group(0)
    return ""
