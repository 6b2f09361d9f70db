"""SAML 2.0 by python3-saml: a request by redirect, a signed assertion that answers it by POST, nothing unasked."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from lxml.etree import LxmlError
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Constants
from onelogin.saml2.errors import OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings
from xmlsec import Error as SignatureError

from goodfences.officers.models import Provider
from goodfences.officers.providers import Said
from goodfences.web.portal.provider import way
from goodfences.web.portal.provider.way import Wrong

MOST_LETTERS = 300_000
ADDRESSES = (
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "urn:oid:0.9.2342.19200300.100.1.3",
    "email",
    "mail",
    "emailAddress",
)
"""Attributes that hold the work address, the first that is there."""
METHODS = "http://schemas.microsoft.com/claims/authnmethodsreferences"
_SIGNATURES = "{http://www.w3.org/2000/09/xmldsig#}"
_TRANSFORMS = (
    "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
    "http://www.w3.org/2001/10/xml-exc-c14n#",
    "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
)
_DATA = "/saml:Subject/saml:SubjectConfirmation/saml:SubjectConfirmationData"


def begin(request: HttpRequest, provider: Provider, state: dict[str, Any], *, again: bool) -> str:
    """Where the browser is sent. `again`: the provider asks them anew, whoever is signed in there."""
    auth = OneLogin_Saml2_Auth(_received(provider), _settings(provider))
    where = auth.login(return_to="", force_authn=again)
    way.remember(request, provider, state, name=auth.get_last_request_id())
    return str(where)


def read(provider: Provider, posted: str) -> tuple[str, Said]:
    """The request that this answers, and what the provider says. Raises Wrong for whatever isn't signed and right."""
    if not posted or len(posted) > MOST_LETTERS:
        raise Wrong("It sent no answer, or one that is too long.")
    try:
        answer = OneLogin_Saml2_Response(OneLogin_Saml2_Settings(_settings(provider)), posted)
        _check_signatures(answer.document)
        answered = str(answer.get_in_response_to() or "")
        answer.is_valid(_received(provider), request_id=answered, raise_exceptions=True)
        _check(provider, answer, answered)
        return answered, _said(answer)
    except (
        OneLogin_Saml2_Error, OneLogin_Saml2_ValidationError, LxmlError, SignatureError, ValueError, KeyError,
    ) as error:  # fmt: skip
        raise Wrong(f"Its answer doesn’t hold: {str(error)[:200]}.") from error


def metadata(provider_slug: str) -> bytes:
    """What the provider is told of us."""
    kept = OneLogin_Saml2_Settings({"strict": True, "sp": _ours(provider_slug), "security": _SECURITY}, None, True)
    found: str | bytes = kept.get_sp_metadata()
    return found if isinstance(found, bytes) else found.encode()


def _check_signatures(root: Any) -> None:
    """Each one is as SAML has it (core, 5.4): over the element that it stands in, by transforms that compute nothing.

    libxmlsec runs transforms, which may be programs, and opens the files that references name, before it knows whose
    signature it is.
    """
    for signature in root.iter(f"{_SIGNATURES}Signature"):
        references = list(signature.iter(f"{_SIGNATURES}Reference"))
        around = signature.getparent()
        if around is None or [one.get("URI") for one in references] != [f"#{around.get('ID')}"]:
            raise Wrong("Its signature is over something else than the element that it stands in.")
        if any(one.get("Algorithm") not in _TRANSFORMS for one in signature.iter(f"{_SIGNATURES}Transform")):
            raise Wrong("Its signature has a transform that SAML has no need of.")


def _check(provider: Provider, answer: OneLogin_Saml2_Response, answered: str) -> None:
    """What python3-saml lets pass where it isn't said, it must say: whom it is for, where, and what it answers."""
    if not answered:
        raise Wrong("It answers nothing that was asked here: begin at the sign-in page.")
    data = answer._query_assertion(_DATA)
    here = way.address(provider, "provider_saml")
    for one in data:
        if one.get("InResponseTo") != answered:
            raise Wrong("Its assertion answers another request.")
        if one.get("Recipient") != here or one.get("NotOnOrAfter") is None:
            raise Wrong("Its assertion is for another recipient, or forever.")
    if not data or _entity_id(provider.agency.slug) not in answer.get_audiences():
        raise Wrong("Its assertion is for another audience.")


def _said(answer: OneLogin_Saml2_Response) -> Said:
    attributes = answer.get_attributes()
    name, kind = answer.get_nameid() or "", answer.get_nameid_format()
    found: list[Any] = next((attributes[one] for one in ADDRESSES if attributes.get(one)), [])
    if not found and kind == Constants.NAMEID_EMAIL_ADDRESS:
        found = [name]
    email = str(found[0] or "") if len(found) == 1 else ""
    at = answer._query_assertion("/saml:AuthnStatement")[0].get("AuthnInstant")
    return Said(
        subject=str(name if name and kind != Constants.NAMEID_TRANSIENT else email)[:255],
        email=email,
        verified=None,
        factors=tuple(str(one) for one in [*answer.get_authn_contexts(), *attributes.get(METHODS, [])]),
        at=datetime.fromisoformat(at).timestamp(),
    )


_SECURITY = {
    "authnRequestsSigned": False,
    "requestedAuthnContext": False,
    "wantAssertionsSigned": True,
    "wantAttributeStatement": False,
    "wantNameId": False,
    "rejectDeprecatedAlgorithm": True,
    "allowRepeatAttributeName": True,
    "allowSingleLabelDomains": True,
    "signatureAlgorithm": Constants.RSA_SHA256,
    "digestAlgorithm": Constants.SHA256,
    # What was pasted into a provider once holds as long as this instance does.
    "metadataValidUntil": "",
    "metadataCacheDuration": "",
}


def _settings(provider: Provider) -> dict[str, Any]:
    redirect = {"url": provider.sso_url, "binding": Constants.BINDING_HTTP_REDIRECT}
    idp: dict[str, Any] = {"entityId": provider.issuer, "singleSignOnService": redirect}
    idp["x509certMulti"] = {"signing": list(provider.certificates)}
    return {"strict": True, "sp": _ours(provider.agency.slug), "idp": idp, "security": _SECURITY}


def _ours(slug: str) -> dict[str, Any]:
    here = {"url": _entity_id(slug).removesuffix("metadata/"), "binding": Constants.BINDING_HTTP_POST}
    return {
        "entityId": _entity_id(slug),
        "assertionConsumerService": here,
        "NameIDFormat": Constants.NAMEID_UNSPECIFIED,
    }


def _entity_id(slug: str) -> str:
    return f"{settings.SITE_URL}/portal/sign-in/{slug}/saml/metadata/"


def _received(provider: Provider) -> dict[str, Any]:
    """Where the answer came, as we know it, not as the request's headers say."""
    here = urlsplit(way.address(provider, "provider_saml"))
    secure = "on" if here.scheme == "https" else "off"
    return {"https": secure, "http_host": here.netloc, "script_name": here.path, "get_data": {}, "post_data": {}}
