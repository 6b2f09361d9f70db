"""What a SAML provider's metadata says: who it is, where one signs in, and by which keys it signs."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

import requests
from cryptography import x509
from django.conf import settings
from lxml.etree import LxmlError
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Constants
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser as Parser
from onelogin.saml2.xmlparser import DTDForbidden, EntitiesForbidden

from goodfences import outward
from goodfences.errors import Refused, refuse

MOST_LETTERS = 500_000


@dataclass(frozen=True)
class Entity:
    """A provider as its metadata describes it."""

    entity_id: str
    sso_url: str
    certificates: tuple[str, ...]


def fetch(url: str) -> Entity:
    """Read the metadata that an address answers with. Raises Refused."""
    if not outward.is_fine(url, anywhere=settings.PROVIDERS_ANYWHERE, any_port=True):
        raise refuse("provider.metadata_url", "metadata_url", "Give an address that begins with https://.", value=url)
    try:
        with outward.session(lambda: settings.PROVIDERS_ANYWHERE) as asking:
            answer = asking.get(url)
            answer.raise_for_status()
    except requests.RequestException:
        raise refuse("provider.away", "metadata_url", "Nothing could be read at this address.", value=url) from None
    return read(answer.content, "metadata_url")


def read(xml: str | bytes, field: str = "metadata") -> Entity:
    """What this metadata says. Raises Refused for anything that can't be a provider's."""
    content = xml.encode() if isinstance(xml, str) else xml
    if not content.strip() or len(content) > MOST_LETTERS:
        raise _unreadable(field)
    try:
        found = Parser.parse(content, required_sso_binding=Constants.BINDING_HTTP_REDIRECT).get("idp", {})
    except (DTDForbidden, EntitiesForbidden, LxmlError, ValueError, AttributeError, KeyError, TypeError):
        # The last three are python3-saml's where an element is empty or lacks something.
        raise _unreadable(field) from None
    entity_id, sso_url = found.get("entityId", ""), found.get("singleSignOnService", {}).get("url", "")
    if not entity_id or len(entity_id) > 500:
        raise _unreadable(field)
    if not outward.is_fine(sso_url, anywhere=settings.PROVIDERS_ANYWHERE, any_port=True):
        message = "It names no address that takes sign-ins by redirect (HTTP-Redirect) and begins with https://."
        raise refuse("provider.sso_url", field, message)
    return Entity(entity_id, sso_url, _certificates(found, field))


def _certificates(found: dict[str, object], field: str) -> tuple[str, ...]:
    several = found.get("x509certMulti")
    signing = several.get("signing", []) if isinstance(several, dict) else [found.get("x509cert", "")]
    texts = ["".join(str(one).split()) for one in signing if one]
    try:
        for text in texts:
            x509.load_der_x509_certificate(base64.b64decode(text, validate=True)).public_key()
    except (ValueError, binascii.Error):
        texts = []
    if not texts or len(texts) > 10:
        raise refuse("provider.certificate", field, "It names no certificate by which answers could be checked.")
    return tuple(texts)


def _unreadable(field: str) -> Refused:
    return refuse("provider.metadata", field, "This isn’t the metadata of a SAML 2.0 identity provider.")
