"""The forms of a verb, without accents: by rule, from its infinitive. What no rule gives stands in the word files.

No dictionary is loaded and none is fetched: a list of a hundred acts with the rules of two languages is small enough
to be read by whoever doubts it.
"""

from __future__ import annotations

from collections.abc import Iterable

_VOWELS = set("aeiou")
_CLITICS = (
    "me",
    "te",
    "le",
    "lo",
    "la",
    "nos",
    "les",
    "los",
    "las",
    "se",
    "melo",
    "mela",
    "selo",
    "sela",
    "seme",
    "sele",
)
_SPANISH_ENDINGS = {
    "ar": {
        "plain": "ar ando ado ada ados adas amos e aste o aron aba abas aban abamos are aras ara aran aria arian",
        "stressed": "o as a an e es en",
        "soft": "e emos en es",
    },
    "er": {
        "plain": "er iendo ido ida idos idas emos i iste io imos ieron ia ias ian iamos ere eras era eran eria erian",
        "stressed": "o es e en a as an",
        "soft": "o a as an amos",
    },
    "ir": {
        "plain": "ir iendo ido ida idos idas imos i iste io ieron ia ias ian iamos ire iras ira iran iria irian iera",
        "stressed": "o es e en a as an",
        "soft": "o a as an amos",
    },
}


def english(verb: str, irregular: Iterable[str] = ()) -> set[str]:
    """`stop`: stop, stops, stopped, stopping. `irregular` are the past forms that no rule gives."""
    irregular = tuple(irregular)
    stem = verb
    doubled = len(verb) > 2 and verb[-1] not in "aeiouwxyh" and verb[-2] in _VOWELS and verb[-3] not in _VOWELS
    if verb.endswith("ie"):
        gerund = verb[:-2] + "ying"
    elif verb.endswith("e") and not verb.endswith("ee"):
        stem, gerund = verb[:-1], verb[:-1] + "ing"
    else:
        gerund = verb + "ing"
    found = {verb, gerund, gerund[:-1], *irregular}
    if verb.endswith(("s", "x", "z", "ch", "sh")):
        found.add(verb + "es")
    elif verb.endswith("y") and verb[-2] not in _VOWELS:
        found |= {verb[:-1] + "ies", verb[:-1] + "ied"}
    else:
        found.add(verb + "s")
    if not irregular and not (verb.endswith("y") and verb[-2] not in _VOWELS):
        found.add(stem + "ed")
    if doubled:
        # Both spellings: a neighbor may write `robing` as well.
        found |= {verb + verb[-1] + "ing", verb + verb[-1] + "in"}
        if not irregular:
            found.add(verb + verb[-1] + "ed")
    return found


def spanish(verb: str, stressed: str = "", forms: Iterable[str] = ()) -> set[str]:
    """`probar` with the stressed stem `prueb`: probar, prueba, probo, probaron, probando, probandolo, …

    `forms` are those that no rule gives: roto, puso.
    """
    stem, ending = verb[:-2], verb[-2:]
    endings = _SPANISH_ENDINGS[ending]
    found = {stem + each for each in endings["plain"].split()}
    found |= {(stressed or stem) + each for each in endings["stressed"].split()}
    if ending == "ar":
        # Before e the same sound is written otherwise: busque, cargue, forcé.
        soft = {"c": "qu", "g": "gu", "z": "c"}.get(stem[-1], "")
        if soft:
            for each in {stem, stressed or stem}:
                found |= {each[:-1] + soft + end for end in endings["soft"].split()}
    elif stem[-1] in "cg":
        hard = {"c": "z", "g": "j"}[stem[-1]]
        for each in {stem, stressed or stem}:
            found |= {each[:-1] + hard + end for end in endings["soft"].split()}
    if ending != "ar" and stem[-1] in _VOWELS:
        found |= {stem + each for each in ("yo", "yeron", "yendo")}
    found |= set(forms)
    gerunds = {each for each in found if each.endswith("ndo")}
    return found | {base + clitic for base in {verb, *gerunds} for clitic in _CLITICS}
