"""case.jsonld: provenance and every hand it passed through, in CASE 1.5 with UCO. Knows no database and no Django.

It says what the receipts and the custody logs say, in the words of the Cyber-investigation Analysis Standard
Expression, for systems that read those. Identifiers follow from the references of request and video, so that the
same package always gives the same file; an owner is one per video, as two videos have none in common (P2).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from goodfences.evidence import chain

FORMAT = "CASE 1.5.0"
_UCO = "https://ontology.unifiedcyberontology.org/uco/"
_CONTEXT = {
    "kb": "urn:goodfences:",
    "action": f"{_UCO}action/",
    "core": f"{_UCO}core/",
    "identity": f"{_UCO}identity/",
    "investigation": "https://ontology.caseontology.org/case/investigation/",
    "observable": f"{_UCO}observable/",
    "tool": f"{_UCO}tool/",
    "types": f"{_UCO}types/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
Node = dict[str, Any]


def document(
    request: Mapping[str, Any],
    receipts: Sequence[Mapping[str, Any]],
    logs: Sequence[Mapping[str, Any]],
    instance: str,
) -> dict[str, Any]:
    """The file as JSON-LD. `request` as in request.json.

    `receipts` are the contents of the consent receipts, `logs` the custody logs, in one order.
    """
    graph = _Graph(request, instance)
    for receipt, log in zip(receipts, logs, strict=True):
        graph.add_video(receipt, log)
    return {"@context": _CONTEXT, "@graph": list(graph.nodes())}


def instance_id(request: Mapping[str, Any]) -> str:
    """The identifier of the instance in the file; its name stands there and in bag-info.txt."""
    return _identifier(request["ref"], "instance", "")


class _Graph:
    """The nodes of one package."""

    def __init__(self, request: Mapping[str, Any], instance: str) -> None:
        self._request = request
        self._found: list[Node] = []
        self._agency = self._add(("agency", request["agency"], "identity:Organization", request["agency"]))
        self._instance = self._add(("instance", "", "identity:Organization", instance))
        self._tool = self._add(
            ("tool", "goodfences", "tool:Tool", "Goodfences"),
            {"tool:toolType": "Evidence packaging", "tool:creator": _to(self._instance)},
        )
        self._permit = self._add(
            ("authorization", "ledger", "investigation:Authorization", "The agency's public request"),
            {
                "investigation:authorizationType": "Public request for voluntarily shared video",
                "investigation:authorizationIdentifier": f"{request['ledger']} {request['ledger_index']}",
            },
        )
        self._records: list[str] = []
        self._officers: dict[tuple[str, str], str] = {}

    def nodes(self) -> Iterator[Node]:
        yield {
            "@id": self._id("investigation", self._request["case_number"]),
            "@type": "investigation:Investigation",
            "core:name": self._request["case_number"],
            "core:description": f"Request {self._request['ref']} of {self._request['agency']}",
            "investigation:investigationForm": "case",
            "investigation:relevantAuthorization": _to(self._permit),
            "core:object": [_to(one) for one in self._records],
        }
        yield from self._found

    def add_video(self, receipt: Mapping[str, Any], log: Mapping[str, Any]) -> None:
        """A video, the recording that it was cut from, who gave it, and all that was done with it."""
        video = receipt["video"]
        ref = video["ref"]
        file = self._file(video)
        recording = self._recording(ref, receipt["cut_from"])
        self._add(
            ("cut", ref, "core:Relationship", ""),
            {
                "core:source": _to(file),
                "core:target": _to(recording),
                "core:kindOfRelationship": "Derived_From",
                "core:isDirectional": True,
            },
        )
        owner = self._add(("owner", ref, "identity:Identity", receipt.get("told", {}).get("name", "")))
        recorded = self._did(
            ("recorded", ref, "A camera in the area of the request recorded it."),
            (video["starts_at"], owner, [recording]),
            {"action:endTime": _moment(video["ends_at"])},
        )
        self._hands(ref, log, file, owner, recorded)

    def _hands(self, ref: str, log: Mapping[str, Any], file: str, owner: str, before: str) -> None:
        """Each event of the custody log, after the one before it, with its own record of provenance."""
        for event in log["events"]:
            name = f"{ref} {event['sequence']}"
            record = self._add(
                ("provenance", name, "investigation:ProvenanceRecord", f"Custody event {event['sequence']}"),
                {
                    "core:description": f"Custody event {event['sequence']} of {ref}, hash {event['hash']}",
                    "investigation:exhibitNumber": ref,
                    "core:object": [_to(file)],
                },
            )
            self._records.append(record)
            officer = event["officer"]
            before = self._did(
                (event["kind"], name, _words(event)),
                (event["at"], self._officer(officer) if officer else owner, [file]),
                {
                    "action:instrument": _to(self._tool),
                    "action:result": _to(record),
                    "investigation:wasInformedBy": _to(before),
                    **({"action:participant": _to(self._agency)} if officer else {}),
                },
            )

    def _file(self, video: Mapping[str, Any]) -> str:
        ref, path = video["ref"], video["file"]
        name = path.rpartition("/")[2]
        facts = {
            "observable:fileName": name,
            "observable:filePath": path,
            "observable:extension": "mp4",
            "observable:sizeInBytes": _whole(video["size"]),
        }
        content = {
            "observable:mimeType": "video/mp4",
            "observable:sizeInBytes": _whole(video["size"]),
            "observable:hash": self._hashes("video", ref, SHA256=video["sha256"], SHA512=video["sha512"]),
        }
        facets = [
            self._add(("file facet", ref, "observable:FileFacet", ""), facts),
            self._add(("content facet", ref, "observable:ContentDataFacet", ""), content),
        ]
        return self._add(("video", ref, "observable:File", name), {"core:hasFacet": [_to(one) for one in facets]})

    def _recording(self, ref: str, cut_from: Mapping[str, str]) -> str:
        hashes: list[dict[str, str]] = []
        for which, value in sorted(cut_from.items()):
            hashes += self._hashes(which, ref, SHA256=value)
        facet = self._add(("recording facet", ref, "observable:ContentDataFacet", ""), {"observable:hash": hashes})
        words = "The recording that the video was cut from; it isn't in the package."
        more = {"core:hasFacet": [_to(facet)], "core:description": words}
        return self._add(("recording", ref, "observable:ObservableObject", ""), more)

    def _hashes(self, of: str, ref: str, **values: str) -> list[dict[str, str]]:
        made = []
        for method, value in values.items():
            what = {"types:hashMethod": method, "types:hashValue": _typed(value.upper(), "hexBinary")}
            made.append(_to(self._add((f"{of} {method}", ref, "types:Hash", ""), what)))
        return made

    def _officer(self, officer: Mapping[str, str]) -> str:
        key = (officer["name"], officer["agency"])
        if key not in self._officers:
            self._officers[key] = self._add(("officer", "\n".join(key), "identity:Person", officer["name"]))
            self._add(
                ("member", "\n".join(key), "core:Relationship", ""),
                {
                    "core:source": _to(self._officers[key]),
                    "core:target": _to(self._agency),
                    "core:kindOfRelationship": "Member_Of",
                    "core:isDirectional": True,
                },
            )
        return self._officers[key]

    def _did(self, what: tuple[str, str, str], by: tuple[str, str, list[str]], more: Node) -> str:
        """`what`: kind, name and words. `by`: when, by whom, and of which things."""
        (kind, name, words), (at, who, things) = what, by
        return self._add(
            (kind, name, "investigation:InvestigativeAction", kind),
            {
                "core:description": words,
                "action:startTime": _moment(at),
                "action:performer": _to(who),
                "action:object": [_to(thing) for thing in things],
                **more,
            },
        )

    def _add(self, what: tuple[str, str, str, str], more: Mapping[str, Any] | None = None) -> str:
        """A node of `what`: kind, name, class and what it is called; its identifier."""
        kind, name, of, called = what
        made = self._id(kind, name)
        self._found.append({"@id": made, "@type": of, **({"core:name": called} if called else {}), **(more or {})})
        return made

    def _id(self, kind: str, name: str) -> str:
        return _identifier(self._request["ref"], kind, name)


def _identifier(request_ref: str, kind: str, name: str) -> str:
    """`kb:KIND-UUID`, as UCO advises; the UUID follows from the names (version 5's form, with SHA-256)."""
    raw = bytearray(hashlib.sha256(f"{request_ref}\n{kind}\n{name}".encode()).digest()[:16])
    raw[6], raw[8] = raw[6] & 0x0F | 0x50, raw[8] & 0x3F | 0x80
    text = raw.hex()
    parts = (text[:8], text[8:12], text[12:16], text[16:20], text[20:])
    return f"kb:{kind.replace(' ', '-')}-{'-'.join(parts)}"


def _words(event: Mapping[str, Any]) -> str:
    officer = event["officer"]
    return f"The video: {chain.VERBS[event['kind']]}{' ' + officer['name'] if officer else ''}."


def _to(identifier: str) -> dict[str, str]:
    return {"@id": identifier}


def _typed(value: str, kind: str) -> dict[str, str]:
    return {"@type": f"xsd:{kind}", "@value": value}


def _moment(text: str) -> dict[str, str]:
    return _typed(text, "dateTime")


def _whole(number: int) -> dict[str, str]:
    return _typed(str(number), "integer")
