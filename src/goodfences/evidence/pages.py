"""report.html and view.html of a package: to read, to print, to watch, offline. Knows no database and no Django.

Both load nothing but the videos beside them and say so to the browser, in a content security policy that allows
their own style and script by hash and nothing else. Both can be read without the script.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from importlib import resources
from typing import Any

from goodfences.evidence import chain, claims
from goodfences.evidence.readme import coded

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
<script>{script}</script>
</body>
</html>
"""


def report(
    *,
    request: Mapping[str, Any],
    receipts: Sequence[Mapping[str, Any]],
    logs: Sequence[Mapping[str, Any]],
    made_at: str,
    instance: str,
    address: str,
) -> bytes:
    """The report. `receipts` are the contents of the consent receipts, `logs` the custody logs, in one order."""
    facts = {
        "For": request["agency"],
        "Case": request["case_number"],
        "Request": request["ref"],
        "Public record": f"entry {request['ledger_index']} of the ledger {request['ledger']}",
        "Made by": instance,
        "Made at": made_at,
    }
    parts = [
        '<header><h1>Evidence report</h1><button type="button" data-print hidden>Print</button></header>',
        _facts(facts),
        f"<p>{escape(request['agency'])} asked the owners of cameras in an area for video recorded in a certain "
        'time. An owner chose to share what is in this package. <a href="view.html">Watch the videos</a>.</p>',
        *(_video(number, *pair) for number, pair in enumerate(zip(receipts, logs, strict=True), start=1)),
        _claims(),
        "<section><h2>How to check it</h2><p>This page is a summary. It proves nothing by itself: what proves is "
        "checked, without a network, by <code>goodfences verify PACKAGE.zip --key 'THE KEY'</code>. The key is "
        f"published at <code>{escape(address)}</code>. With common tools, README.txt says how.</p></section>",
    ]
    return _page(f"Evidence report, case {request['case_number']}", "report", "\n".join(parts))


def viewer(*, request: Mapping[str, Any], receipts: Sequence[Mapping[str, Any]], sealed: Mapping[str, str]) -> bytes:
    """The viewer. `sealed`: the sealed file of each video that lies in the package so, by the video's reference."""
    parts = [
        f'<header><h1>Case {escape(request["case_number"])}</h1><a href="report.html">Report</a></header>',
        *(_player(receipt, sealed.get(receipt["video"]["ref"], "")) for receipt in receipts),
        '<p class="note">Times are those of the recorder’s clock, in UTC. The videos lie in the folder data beside '
        "this page; nothing is loaded from anywhere else.</p>",
    ]
    return _page(f"Videos of case {request['case_number']}", "view", "\n".join(parts))


def _player(receipt: Mapping[str, Any], sealed: str) -> str:
    video = receipt["video"]
    head = f"<h2>{escape(video['starts_at'])} to {escape(video['ends_at'])}</h2>"
    if sealed:
        name = video["file"].rpartition("/")[2]
        opens = f"age -d -i KEY.txt -o {name} {sealed}"
        return (
            f"<section>{head}<p>This video is sealed to the agency’s own key. Open it with that key, for example "
            f"with <code>{escape(opens)}</code>, and play the file that this makes.</p></section>"
        )
    source, frames = escape(video["file"]), receipt.get("device", {}).get("frames", 0)
    return (
        f'<section data-starts="{escape(video["starts_at"])}" data-frames="{int(frames)}">'
        f"{head}"
        f'<video controls preload="metadata" src="{source}" aria-label="The video"></video>'
        '<div class="tools" hidden><output aria-live="off"></output>'
        '<button type="button" data-step="-1">Back a frame</button>'
        '<button type="button" data-step="1">On a frame</button>'
        '<label>Speed <select><option value="0.25">¼</option><option value="0.5">½</option>'
        '<option value="1" selected>1</option><option value="2">2</option><option value="4">4</option>'
        f'</select></label></div><p class="note">{escape(coded(video))}. If it doesn’t play, open '
        f'<a href="{source}">the file</a> in '
        "a video player.</p></section>"
    )


def _video(number: int, receipt: Mapping[str, Any], log: Mapping[str, Any]) -> str:
    video = receipt["video"]
    facts = {
        "File": video["file"],
        "From": video["starts_at"],
        "To": video["ends_at"],
        "What it is": coded(video),
        **_picture(receipt),
        "Length": f"{video['size']} bytes",
        "SHA-256": video["sha256"],
        "SHA-512": video["sha512"],
        "Looks at": video.get("looks_at", ""),
        "Clock": clock_words(receipt),
        "Cut from": ", ".join(f"{name} {value}" for name, value in receipt["cut_from"].items()),
        "Shared at": receipt["shared_at"],
        **{f"Told: {field}": value for field, value in receipt.get("told", {}).items()},
    }
    return "\n".join(
        [
            f"<section><h2>Video {number}</h2>",
            _facts(facts),
            _list("What its owner gave", receipt.get("given", [])),
            _list("What its owner kept back", receipt.get("not_given", [])),
            "<h3>Custody</h3><table><thead><tr><th>Time (UTC)</th><th>What</th><th>Who</th><th>Hash</th></tr>",
            "</thead><tbody>" + "".join(_event(event) for event in log["events"]) + "</tbody></table></section>",
        ]
    )


def _picture(receipt: Mapping[str, Any]) -> dict[str, str]:
    device = receipt.get("device")
    if not device:
        return {}
    return {
        "Picture": f"{device['codec']}, {device['width']} × {device['height']}, {device['frames']} frames",
    }


def clock_words(receipt: Mapping[str, Any]) -> str:
    """What is known of the recorder's clock, in a sentence."""
    clock = receipt.get("clock")
    if not clock or not clock["measured"]:
        return "The recorder's clock was not compared with another."
    if clock["recorder"] == "together":
        return f"The recorder's clock and the server's differed by at most {clock['at_most_s']} s."
    least, most = clock["at_least_s"], clock["at_most_s"]
    apart = f"more than {least} s" if most is None else f"{least} to {most} s"
    return f"The recorder's clock was {apart} {clock['recorder']} the server's."


def _event(event: Mapping[str, Any]) -> str:
    officer = event["officer"]
    who = f"{officer['name']}, {officer['agency']}" if officer else ""
    cells = (event["at"], chain.VERBS[event["kind"]], who)
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + f"<td>{_code(event['hash'])}</td></tr>"


def _claims() -> str:
    rows = "".join(
        f"<tr><th scope='row'>{escape(claim.title)}</th><td>{escape(claim.proves)}</td>"
        f"<td>{escape(claim.not_proven)}</td></tr>"
        for claim in claims.ALL
    )
    return (
        "<section><h2>What can be proven with this package, and what can't</h2><table><thead><tr><th>Claim</th>"
        f"<th>Proves, where it holds</th><th>Doesn't prove</th></tr></thead><tbody>{rows}</tbody></table></section>"
    )


def _facts(facts: Mapping[str, str]) -> str:
    rows = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{_value(value)}</dd></div>" for name, value in facts.items() if value
    )
    return f"<dl>{rows}</dl>"


def _value(value: str) -> str:
    return _code(value) if len(value) > 60 and " " not in value else escape(value).replace("\n", "<br>")


def _code(value: str) -> str:
    return f"<code>{escape(value)}</code>"


def _list(title: str, items: Sequence[str]) -> str:
    if not items:
        return ""
    return f"<h3>{escape(title)}</h3><ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>"


def _page(title: str, name: str, body: str) -> bytes:
    style, script = _file("pages.css"), _file(f"{name}.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; media-src 'self' file:; "
        "base-uri 'none'; form-action 'none'"
    )
    return _PAGE.format(policy=policy, title=escape(title), style=style, script=script, body=body).encode()


def _file(name: str) -> str:
    return (resources.files("goodfences.evidence") / "page" / name).read_text()


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
