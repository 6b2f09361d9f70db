"""Content credentials (C2PA) of one video, beside it and never in it. Knows no database and no Django.

They lie in a file of their own, because a manifest inside the MP4 would be one more box: the file would no longer be
the one that its owner was shown, and its SHA-256 not that of the receipt. They are signed with the evidence key; its
certificate comes from an issuer whose key was thrown away, so that there will never be another one under it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from io import RawIOBase
from typing import Any, BinaryIO

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from goodfences.evidence import unembedded
from goodfences.evidence.signing import BadSignature
from goodfences_record.notes import SigningKey, VerifierKey

SHARE = "org.goodfences.share"
"""Our own assertion: it ties the credentials to the consent receipt."""

_GENERATOR = "Goodfences"
_CAPTURE = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
_BEGIN, _END = datetime(2025, 1, 1), datetime(2125, 1, 1)  # noqa: DTZ001  a certificate's times have no zone
_FORMAT = "video/mp4"


def certificates(key: SigningKey, instance: str) -> bytes:
    """The certificate of `key` and that of its issuer, in PEM; nobody keeps the issuer's key."""
    issuer_key = Ed25519PrivateKey.generate()
    issuer = _name(instance, f"{key.name} issuer")
    top = (
        _certificate(issuer, issuer, issuer_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(issuer_key, None)
    )
    own = (
        _certificate(_name(instance, key.name), issuer, key.private.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, None)
    )
    return own.public_bytes(Encoding.PEM) + top.public_bytes(Encoding.PEM)


def read_certificates(raw: bytes, key: VerifierKey) -> list[x509.Certificate]:
    """The certificate of `key`, and its issuer's. Raises BadSignature for any other pair."""
    try:
        found = x509.load_pem_x509_certificates(raw)
        own, issuer = found
        own.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise BadSignature("The certificates aren't one and its issuer's.") from error
    public = own.public_key()
    if not isinstance(public, Ed25519PublicKey) or public.public_bytes_raw() != key.public:
        raise BadSignature("The certificate is of another key than the one that signs the package.")
    return found


def share_of(receipt: Mapping[str, Any]) -> dict[str, Any]:
    """What the credentials say of a share: enough to find its signed `receipt` by, and no more."""
    video = receipt["receipt"]["video"]
    return {
        "request": receipt["receipt"]["request"]["ref"],
        "video": video["ref"],
        "sha256": video["sha256"],
        "receipt_sha256": hashlib.sha256(receipt["signature"].encode()).hexdigest(),
    }


def sign(video: BinaryIO | RawIOBase, receipt: Mapping[str, Any], key: SigningKey, chain: bytes) -> bytes:
    """The credentials of `video`, whose signed receipt is `receipt`; `chain` as `certificates` makes it."""
    import c2pa  # type: ignore[import-untyped]

    about = receipt["receipt"]["video"]
    manifest = {
        "claim_generator_info": [{"name": _GENERATOR}],
        "title": about["file"].rpartition("/")[2],
        "format": _FORMAT,
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": _actions(about)}},
            {"label": SHARE, "data": share_of(receipt)},
        ],
    }
    settings = c2pa.Settings.from_dict({"builder": {"thumbnail": {"enabled": False}}, **_OFFLINE})
    signer = c2pa.Signer.from_callback(key.private.sign, c2pa.C2paSigningAlg.ED25519, chain.decode(), None)
    with c2pa.Context(settings, signer) as context, c2pa.Builder(manifest, context) as builder:
        builder.set_no_embed()
        return unembedded.sign(builder, video, _FORMAT)


def check(video: BinaryIO, credentials: bytes, receipt: Mapping[str, Any], chain: bytes, key: VerifierKey) -> None:
    """Raises BadSignature unless `credentials` are those of this video and receipt, signed by `key`."""
    import c2pa

    own, issuer = read_certificates(chain, key)
    trust = {"trust": {"trust_anchors": issuer.public_bytes(Encoding.PEM).decode()}}
    settings = c2pa.Settings.from_dict({**_OFFLINE, **trust})
    try:
        with c2pa.Context(settings) as context, c2pa.Reader(_FORMAT, video, credentials, context) as reader:
            found = json.loads(reader.json())
    except c2pa.C2paError as error:
        raise BadSignature(f"They can't be read: {error}") from error
    if found.get("validation_state") != "Trusted":
        raise BadSignature(f"A C2PA reader says: {_failures(found)}.")
    active = found["manifests"][found["active_manifest"]]
    if active["signature_info"]["cert_serial_number"] != str(own.serial_number):
        raise BadSignature("They are signed under another certificate.")
    said = [each["data"] for each in active["assertions"] if each["label"] == SHARE]
    if said != [share_of(receipt)]:
        raise BadSignature("They are for another share.")


def _failures(found: Mapping[str, Any]) -> str:
    failures = found.get("validation_results", {}).get("activeManifest", {}).get("failure", [])
    codes = dict.fromkeys(each["code"] for each in failures)
    return ", ".join(codes) or str(found.get("validation_state"))


def _actions(about: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What was done to what the camera captured."""
    actions: list[dict[str, Any]] = [{"action": "c2pa.created", "digitalSourceType": _CAPTURE}]
    actions.append({"action": "c2pa.trimmed"})
    if about["reencoded"]:
        actions.append({"action": "c2pa.transcoded"})
    if any(about.get("covered", {}).values()):
        actions.append({"action": "c2pa.redacted", "reason": "org.goodfences.covered"})
    return actions


_OFFLINE = {
    "verify": {
        "verify_after_sign": False,
        "verify_trust": True,
        "remote_manifest_fetch": False,
        "ocsp_fetch": False,
    }
}


@cache
def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _certificate(subject: x509.Name, issuer: x509.Name, public: Ed25519PublicKey) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_BEGIN)
        .not_valid_after(_END)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _name(instance: str, common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, instance[:64] or _GENERATOR),
            x509.NameAttribute(NameOID.COMMON_NAME, common[-64:]),
        ]
    )
