"""Keep the pages' words in other languages: src/goodfences/locale/LANGUAGE/LC_MESSAGES/django.po, and its django.mo.

    python scripts/messages.py            take in what the code says now, keep what is translated, compile
    python scripts/messages.py --check    fail where the catalog isn't complete or isn't that of the code

Needs Babel, and no GNU gettext. Strings of the agency portal (web/portal) and of the staff wing (web/staff) are left
out: these pages are English. Emails about requests and households have a template a language, and no marked strings.
docs/languages.md says how to add a language.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
CODE = ROOT / "src" / "goodfences"
LOCALE = CODE / "locale"
POLICY = CODE / "policy" / "policy.toml"
LEFT_IN_ENGLISH = tuple(
    CODE / "web" / name
    for name in ("portal", "staff", "joining", "oversight", "agreement_forms.py", "warning_form.py")
)
TEMPLATES = (".html", ".txt")
# What each function's arguments are: (1, "c") is the first, a context; numbers are texts.
CONTEXT = (1, "c")
KEYWORDS: dict[str, tuple[object, ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": (CONTEXT, 2),
    "pgettext_lazy": (CONTEXT, 2),
    "npgettext": (CONTEXT, 2, 3),
    "npgettext_lazy": (CONTEXT, 2, 3),
}
HEADER = """\
# The pages' words. docs/languages.md says which Spanish word stands for which English one.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""
_PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sdif%]|\{\w*\}")
_TAG = re.compile(r"</?[a-z]+")
_NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)  # a catalog that wasn't changed is written byte for byte again

Key = tuple[str, str]  # context and English text


def said() -> Catalog:
    """Every marked string of the code and the templates, without translations."""
    catalog = Catalog(fuzzy=False)
    for path in _files():
        for _, text, comments, context in extract("python", io.BytesIO(_source(path)), KEYWORDS, ["Translators:"]):
            place = str(path.relative_to(ROOT))
            catalog.add(text, locations=[(place, 0)], auto_comments=comments, context=context)
    for text in _policy_words():
        catalog.add(text, locations=[(str(POLICY.relative_to(ROOT)), 0)])
    return catalog


def _policy_words() -> Iterator[str]:
    """What the policy that comes with Goodfences says of each rule: data, and so without a mark."""
    for rule in tomllib.loads(POLICY.read_text())["rules"].values():
        yield from (rule["title"], rule["explanation"])


def _files() -> list[Path]:
    """Code and templates, in an order that stays."""
    found = [*CODE.rglob("*.py"), *(path for kind in TEMPLATES for path in CODE.rglob(f"templates/**/*{kind}"))]
    return sorted(path for path in found if not any(path.is_relative_to(folder) for folder in LEFT_IN_ENGLISH))


def _source(path: Path) -> bytes:
    """A Python file as it is; a template as the calls that Django makes of its tags."""
    text = path.read_text()
    if path.suffix in TEMPLATES:
        # Django leaves a template's indents, which mean nothing in Python.
        text = "\n".join(line.lstrip() for line in templatize(text, origin=str(path)).splitlines()) + "\n"
    return text.encode()


def key_of(message: Message) -> Key:
    context = message.context or ""  # bytes, where Babel read it from a compiled catalog
    text = message.id[0] if message.pluralizable else message.id
    return (context.decode() if isinstance(context, bytes) else context, text)


def by_key(catalog: Catalog) -> dict[Key, Message]:
    return {key_of(message): message for message in catalog if message.id}


def read(language: str) -> Catalog:
    """The catalog as it lies there; an empty one where there is none yet."""
    po = path_of(language)
    if not po.exists():
        return Catalog(locale=language, fuzzy=False)
    with po.open("rb") as file:
        return read_po(file, locale=language)


def path_of(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def languages() -> list[str]:
    """Those that the pages offer, without the language in which they are written."""
    return [code for code, _ in settings.LANGUAGES if code != "en"]


def update(language: str) -> None:
    """Write the catalog anew: the code's strings, with the translations that there are."""
    old, catalog = by_key(read(language)), said()
    for key, message in by_key(catalog).items():
        if key in old and isinstance(old[key].id, type(message.id)):
            message.string = old[key].string
    catalog.locale = language
    po = path_of(language)
    po.parent.mkdir(parents=True, exist_ok=True)
    with po.open("wb") as file:
        plurals = f"nplurals={catalog.num_plurals}; plural={catalog.plural_expr};"
        file.write(HEADER.format(language=language, plurals=plurals).encode())
        write_po(file, catalog, width=100, omit_header=True, include_lineno=False)
    with po.with_suffix(".mo").open("wb") as file:
        write_mo(file, _translated(read(language)))


def _translated(catalog: Catalog) -> Catalog:
    """What there is to compile; without dates, so that the same words make the same bytes."""
    for key, message in by_key(catalog).items():
        if key not in _texts(catalog):
            catalog.delete(message.id, message.context)
    catalog.creation_date = catalog.revision_date = _NO_DATE
    return catalog


def problems(language: str) -> Iterator[str]:
    """What is wrong with a language's catalog, a line each."""
    catalog = read(language)
    here, code = by_key(catalog), by_key(said())
    yield from (f"not in the catalog: {_shown(key)}" for key in code.keys() - here.keys())
    yield from (f"no longer in the code: {_shown(key)}" for key in here.keys() - code.keys())
    for key, message in here.items():
        if key in code and isinstance(code[key].id, str) != isinstance(message.id, str):
            yield f"plural in the code or in the catalog, not in both: {_shown(key)}"
        yield from (f"{problem}: {_shown(key)}" for problem in _faults(message))
    mo = path_of(language).with_suffix(".mo")
    if not mo.exists() or _texts(_compiled(mo)) != _texts(catalog):
        yield f"{mo.relative_to(ROOT)} isn't compiled from the catalog beside it"


def _faults(message: Message) -> Iterator[str]:
    if message.fuzzy:
        yield "fuzzy"
    ids = message.id if message.pluralizable else (message.id,)
    strings = _strings(message)
    if len(strings) < len(ids) or not all(strings):
        yield "not translated"
        return
    for number, text in enumerate(strings):
        english = ids[min(number, len(ids) - 1)]
        for what, pattern in (("placeholders", _PLACEHOLDER), ("elements", _TAG)):
            if Counter(pattern.findall(text)) != Counter(pattern.findall(english)):
                yield f"other {what} than the English text has"


def _compiled(mo: Path) -> Catalog:
    with mo.open("rb") as file:
        return read_mo(file)


def _texts(catalog: Catalog) -> dict[Key, tuple[str, ...]]:
    """What is translated, which is all that a compiled catalog holds."""
    found = {key: _strings(message) for key, message in by_key(catalog).items()}
    return {key: strings for key, strings in found.items() if all(strings)}


def _strings(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if message.pluralizable else (message.string,)


def _shown(key: Key) -> str:
    context, text = key
    return f"{text!r} ({context})" if context else repr(text)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="change nothing; fail where something is missing")
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goodfences.settings")
    django.setup()
    if not asked.check:
        for language in languages():
            update(language)
    found = [f"{language}: {problem}" for language in languages() for problem in sorted(problems(language))]
    print("\n".join(found) or "Every string is translated.")
    return int(asked.check and bool(found))


if __name__ == "__main__":
    sys.exit(main())
