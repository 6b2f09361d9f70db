"""What ruff's security rules can't know of this program: where it may do what is dangerous, each with its reason."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.environment import ROOT

SRC = ROOT / "src"
LINES = {"requests", "urllib3", "httpx", "aiohttp", "urllib.request", "http.client", "socket", "smtplib", "ftplib"}
"""What opens lines to elsewhere."""
CALLS_OUT = {
    "goodfences/outward.py": "the guarded way to addresses that others choose",
    "goodfences/officers/saml_metadata.py": "by outward.session",
    "goodfences/web/accounts.py": "by outward.session",
    "goodfences/web/portal/provider/oidc.py": "by outward.session",
    "goodfences/ledger/witnesses.py": "by outward.pool",
    "goodfences/push/endpoints.py": "by outward.pool",
    "goodfences/push/sending.py": "by outward.pool",
    "goodfences/alerts/fetching.py": "by outward.pool",
    "goodfences/evidence/stamps.py": "the time-stamp server that the operator named",
    "goodfences/mail/smtp.py": "the mail server that the operator named",
    "goodfences/mail/doors.py": "the provider of mail that the operator named",
    "goodfences/appeals/scanning.py": "the scanner of viruses that the operator named",
    "goodfences/operating/doctor/checks.py": "what the operator's own settings name",
    "goodfences/clips/sandbox.py": "a pair of sockets to its own keeper",
    "goodfences/clips/jail.py": "a pair of sockets to its own parent",
    "goodfences/ledger/reading.py": "a program at a terminal reads the log that was typed",
    "goodfences/ledger/command.py": "a program at a terminal reads the log that was typed",
    "goodfences/ledger/witness/command.py": "a witness reads the logs that its owner named",
}
IN_PROGRAMS_OF_THEIR_OWN = ("goodfences/demo/", "goodfences/bench/", "goodfences_hub/")
MAKES_SAFE = {"goodfences/web/templatetags/goodfences.py": "tags of what our own build wrote"}
READS_XML = {
    "goodfences/alerts/cap/reading.py": "after defusedxml, with a parser that fetches and expands nothing",
    "goodfences/alerts/cap/writing.py": "writes",
    "goodfences/alerts/signing.py": "writes what was read there",
    "goodfences/officers/saml_metadata.py": "the errors alone",
    "goodfences/web/portal/provider/saml.py": "the errors alone",
}
UNPACKS = {
    "goodfences/operating/backups/": "an operator's own backups, up to a bound",
    "goodfences/people/archive/zipped.py": "writes",
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SRC.rglob("*.py")):
        yield path.relative_to(SRC).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> set[str]:
    """Modules, and what is taken from them, by their whole names."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {whole for name in node.names for whole in with_packages(name.name)}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{name.name}" for name in node.names} | with_packages(node.module)
    return found


def with_packages(module: str) -> set[str]:
    parts = module.split(".")
    return {".".join(parts[:count]) for count in range(1, len(parts) + 1)}


def called(tree: ast.Module) -> set[str]:
    """The last name of everything that is called."""
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {
        call.attr if isinstance(call, ast.Attribute) else call.id
        for call in calls
        if hasattr(call, "attr") or hasattr(call, "id")
    }


@pytest.fixture(scope="module")
def program() -> dict[str, ast.Module]:
    return dict(modules())


def test_lines_to_elsewhere_are_opened_where_it_is_known_to_whom(program: dict[str, ast.Module]) -> None:
    ours = {name: tree for name, tree in program.items() if not name.startswith(IN_PROGRAMS_OF_THEIR_OWN)}
    assert {name for name, tree in ours.items() if imported(tree) & LINES} == set(CALLS_OUT)


def test_text_is_called_safe_where_it_is_our_own(program: dict[str, ast.Module]) -> None:
    makers = {"mark_safe", "SafeString", "SafeText", "html_safe"}
    assert {name for name, tree in program.items() if called(tree) & makers} == set(MAKES_SAFE)


def test_xml_of_others_is_read_by_what_expands_and_fetches_nothing(program: dict[str, ast.Module]) -> None:
    raw = {"lxml", "xml.dom", "xml.sax.parse", "xml.sax.parseString", "xml.sax.make_parser"}
    raw |= {"xml.etree.ElementTree.fromstring", "xml.etree.ElementTree.parse", "xml.etree.ElementTree.XMLParser"}
    assert {name for name, tree in program.items() if imported(tree) & raw} <= set(READS_XML)


def test_nothing_is_unpacked_but_backups(program: dict[str, ast.Module]) -> None:
    packers = {"zipfile", "tarfile", "gzip", "bz2", "lzma", "shutil.unpack_archive"}
    assert {
        name for name, tree in program.items() if imported(tree) & packers and not name.startswith(tuple(UNPACKS))
    } == set()


def test_nothing_is_run_that_came_as_data(program: dict[str, ast.Module]) -> None:
    wrong = {
        "pickle",
        "marshal",
        "shelve",
        "dill",
        "yaml.load",
        "yaml.unsafe_load",
        "django.db.models.expressions.RawSQL",
    }
    assert {name for name, tree in program.items() if imported(tree) & wrong} == set()
    assert {name for name, tree in program.items() if called(tree) & {"eval", "extra", "RawSQL"}} == set()


def test_pages_show_no_words_unescaped() -> None:
    """Subjects and plain text of mail are no HTML; everything else is escaped, without an exception."""
    wrong = re.compile(r"\|\s*safe(seq)?\b|\{%\s*autoescape\s+off|\{%\s*filter\s+safe")
    found = {
        path
        for path in (*SRC.rglob("*.html"), *SRC.rglob("*.xml"), *SRC.rglob("*.svg"))
        if wrong.search(path.read_text())
    }
    assert found == set()
    plain = {path.suffix for path in SRC.rglob("templates/**/*.*") if wrong.search(path.read_text(errors="replace"))}
    assert plain <= {".txt"}
