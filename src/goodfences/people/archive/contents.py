"""What an archive holds beside the rooms' files: everything in JSON, its schema, and how to check it all."""

from __future__ import annotations

import json
from collections.abc import Mapping

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import translation
from django.utils.translation import gettext, gettext_noop

from goodfences import bag, source
from goodfences.bag import Digests
from goodfences.people import export
from goodfences.people.models import Archive

README = gettext_noop(
    """\
EVERYTHING THAT %(instance)s HOLDS ABOUT YOU
made %(made_at)s

data/export.json          everything in words and figures
data/export.schema.json   what each field of it means (JSON Schema), also at
                          %(schema)s
data/clips/               each clip as it is kept, byte for byte: CAMERA/START-REF.mp4, the start in UTC.
                          REF is the clip's "ref" in export.json.
data/receipts/            the signed receipt of each video that you shared. Check one with
                          goodfences verify receipt FILE --key KEY
data/ledger/              what the public record says of each request that you were asked about, with its proof.
                          Check one with  goodfences verify entry FILE --key KEY
                          The key stands at %(key)s
manifest-sha256.txt       the hashes of all of it. Check them in the folder of this file with
                          sha256sum -c manifest-sha256.txt     (macOS: shasum -a 256 -c manifest-sha256.txt)

The folder is a BagIt bag (RFC 8493). Nothing in it is sealed: whoever has this file can see your clips.
"""
)

_LEFT_OUT = gettext_noop(
    """
LEFT OUT

These were deleted or had expired before they could be taken (gone), or couldn't be read (damaged):
%(lines)s
"""
)


def base(archive: Archive) -> str:
    """The one folder that the archive unpacks to."""
    return f"goodfences-{archive.created_at:%Y-%m-%d}-{archive.ref}"


def closing_files(archive: Archive, files: Mapping[str, tuple[int, str]]) -> dict[str, bytes]:
    """The last files of the archive, by path; `files` are the size and SHA-256 of those in it already."""
    top = base(archive)
    told = export.everything(account=archive.account)
    payload = {
        "data/export.json": _json(told),
        "data/export.schema.json": _json(export.schema()),
    }
    digests = {path.removeprefix(f"{top}/"): Digests(size, sha, "") for path, (size, sha) in files.items()}
    digests |= {path: Digests.of([content]) for path, content in payload.items()}
    octets = sum(one.size for one in digests.values())
    tags = {
        "README.txt": _readme(archive),
        "bagit.txt": bag.BAGIT,
        "bag-info.txt": bag.info(
            {
                "Source-Organization": settings.INSTANCE_NAME,
                "External-Identifier": archive.ref,
                "Bagging-Date": source.now().date().isoformat(),
                "Payload-Oxum": f"{octets}.{len(digests)}",
            }
        ),
        "manifest-sha256.txt": bag.manifest(digests, "sha256"),
    }
    listed = {path: Digests.of([content]) for path, content in tags.items()}
    tags["tagmanifest-sha256.txt"] = bag.manifest(listed, "sha256")
    return {f"{top}/{path}": content for path, content in (payload | tags).items()}


def _readme(archive: Archive) -> bytes:
    """In the language of whose archive it is."""
    facts = {
        "instance": settings.INSTANCE_NAME,
        "made_at": source.now().isoformat(timespec="seconds"),
        "schema": export.schema_address(),
        "key": f"{settings.SITE_URL}/record/verify/",
        "lines": "\n".join(f"  {one['path']} ({one['why']})" for one in archive.left_out),
    }
    with translation.override(archive.account.language):
        return (gettext(README) % facts + (gettext(_LEFT_OUT) % facts if facts["lines"] else "")).encode()


def _json(value: object) -> bytes:
    return (json.dumps(value, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False) + "\n").encode()
