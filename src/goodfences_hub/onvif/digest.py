"""HTTP digest authentication (RFC 7616), the client's side, for one request."""

from __future__ import annotations

import hashlib
import secrets
from urllib.request import parse_http_list, parse_keqv_list

ALGORITHMS = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


def authorization(
    challenge: str, user: str, password: str, method: str, path: str, client_nonce: str | None = None
) -> str | None:
    """The header that answers a `WWW-Authenticate`; None where it asks for something that isn't done here."""
    scheme, _, rest = challenge.partition(" ")
    asked = parse_keqv_list([item for item in parse_http_list(rest) if "=" in item])
    digest = ALGORITHMS.get(asked.get("algorithm", "MD5").upper())
    qops = {item.strip() for item in asked.get("qop", "").split(",")}
    if scheme.lower() != "digest" or digest is None or not ({"auth", ""} & qops):
        return None

    def hashed(text: str) -> str:
        return digest(text.encode()).hexdigest()

    realm, nonce, client = asked.get("realm", ""), asked.get("nonce", ""), client_nonce or secrets.token_hex(16)
    with_qop = "auth" in qops
    middle = [nonce, "00000001", client, "auth"] if with_qop else [nonce]
    response = hashed(":".join([hashed(f"{user}:{realm}:{password}"), *middle, hashed(f"{method}:{path}")]))
    quoted = {"username": user, "realm": realm, "nonce": nonce, "uri": path, "response": response}
    if "opaque" in asked:
        quoted["opaque"] = asked["opaque"]
    parts = [f'{name}="{_escaped(value)}"' for name, value in quoted.items()]
    if "algorithm" in asked:
        parts.append(f"algorithm={asked['algorithm']}")
    if with_qop:
        parts += ["qop=auth", "nc=00000001", f'cnonce="{client}"']
    return "Digest " + ", ".join(parts)


def _escaped(value: str) -> str:
    """For a quoted string, of characters that a header can hold."""
    return "".join(sign for sign in value if sign.isprintable()).replace("\\", "\\\\").replace('"', '\\"')
