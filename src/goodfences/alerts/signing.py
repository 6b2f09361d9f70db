"""Whether the certificate that a source is registered with signed a CAP file (XML Signature, enveloped)."""

from __future__ import annotations

from cryptography import x509
from lxml import etree
from signxml.exceptions import InvalidInput, InvalidSignature
from signxml.verifier import SignatureConfiguration, XMLVerifier

from goodfences.errors import refuse


def signed_part(data: bytes, certificate: str) -> bytes:
    """The document as the signature covers it; nothing else of `data` may be believed.

    `data` was looked at by `cap.reading.checked` before. Raises `Refused` (field `file`) where the signature isn't
    there, isn't good, is another's, or doesn't cover the whole message.
    """
    try:
        found = XMLVerifier().verify(
            data, x509_cert=certificate, expect_config=SignatureConfiguration(expect_references=1)
        )
    except (InvalidSignature, InvalidInput, ValueError, etree.XMLSyntaxError) as error:
        raise refuse(
            "cap.signature", "file", f"The file isn't signed by its source's certificate: {str(error)[:120]}"
        ) from error
    results = found if isinstance(found, list) else [found]
    root = results[0].signed_xml
    if root is None or not str(root.tag).endswith("}alert"):
        raise refuse("cap.signature", "file", "The signature covers a part of the file only.")
    return bytes(etree.tostring(root))


def certificate_problem(certificate: str) -> str:
    """What is wrong with a PEM certificate; empty where nothing is."""
    try:
        x509.load_pem_x509_certificate(certificate.encode())
    except ValueError:
        return "This is no certificate in PEM form."
    return ""
