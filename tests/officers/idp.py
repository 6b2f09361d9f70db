"""A SAML 2.0 identity provider, small and real: a key, a page to sign in at, assertions signed by signxml.

    python -m tests.officers.idp PORT

None that pip brings runs without programs of a system's packages (pysaml2 needs xmlsec1). What checks its answers is
another library (python3-saml, over libxmlsec). The tests of attacks build their answers by `Answer`, too.
"""

from __future__ import annotations

import base64
import html
import sys
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import XMLSigner

PROTOCOL, ASSERTION = "urn:oasis:names:tc:SAML:2.0:protocol", "urn:oasis:names:tc:SAML:2.0:assertion"
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
MFA = "https://refeds.org/profile/mfa"


class Key:
    """What an identity provider signs by."""

    def __init__(self) -> None:
        private = rsa.generate_private_key(65537, 2048)
        self.private = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp")]), datetime.now(UTC)
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
        made = made.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
        certificate = made.sign(private, SHA256())
        self.certificate = certificate.public_bytes(Encoding.PEM)
        self.text = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()


def metadata(entity_id: str, sso_url: str, certificate: str) -> str:
    """What whoever takes its answers is told of it."""
    return f"""<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{entity_id}">
<md:IDPSSODescriptor protocolSupportEnumeration="{PROTOCOL}"><md:KeyDescriptor use="signing">
<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>{certificate}\
</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{sso_url}"/>
</md:IDPSSODescriptor></md:EntityDescriptor>"""


@dataclass
class Answer:
    """One answer, as a good provider gives it; a test changes what it likes before or after it is signed."""

    issuer: str
    audience: str
    recipient: str
    answers: str
    email: str
    subject: str = "o-1"
    context: str = PASSWORD
    shown_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    lasts: timedelta = timedelta(minutes=5)
    assertion_answers: str | None = None  # None: the same
    more: str = ""

    def assertion(self) -> Any:
        """Unsigned, with the place where the signature goes."""
        now = datetime.now(UTC)
        until, answers = _moment(now + self.lasts), self.assertion_answers
        answers = self.answers if answers is None else answers
        to = f'InResponseTo="{answers}" ' if answers else ""
        restriction = "saml:AudienceRestriction"
        audience = f"<{restriction}><saml:Audience>{self.audience}</saml:Audience></{restriction}>"
        return etree.fromstring(
            f"""<saml:Assertion xmlns:saml="{ASSERTION}" ID="_assertion" Version="2.0" IssueInstant="{_moment(now)}">\
<saml:Issuer>{self.issuer}</saml:Issuer>\
<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="placeholder"/>\
<saml:Subject><saml:NameID>{self.subject}</saml:NameID>\
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">\
<saml:SubjectConfirmationData {to}Recipient="{self.recipient}" NotOnOrAfter="{until}"/></saml:SubjectConfirmation>\
</saml:Subject><saml:Conditions NotBefore="{_moment(now - timedelta(minutes=1))}" NotOnOrAfter="{until}">\
{audience if self.audience else ""}</saml:Conditions>\
<saml:AuthnStatement AuthnInstant="{_moment(self.shown_at)}"><saml:AuthnContext><saml:AuthnContextClassRef>\
{self.context}</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>\
<saml:AttributeStatement><saml:Attribute Name="email"><saml:AttributeValue>{self.email}</saml:AttributeValue>\
</saml:Attribute>{self.more}</saml:AttributeStatement></saml:Assertion>"""
        )

    def signed(self, key: Key, algorithm: str = "rsa-sha256") -> Any:
        """The assertion, signed."""
        signer = XMLSigner(signature_algorithm=algorithm, c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#")
        return signer.sign(
            self.assertion(), key=key.private, cert=key.certificate.decode(), reference_uri="#_assertion"
        )

    def response(self, *assertions: Any) -> Any:
        """Around any assertions."""
        to = f'InResponseTo="{self.answers}" ' if self.answers else ""
        made = etree.fromstring(
            f"""<samlp:Response xmlns:samlp="{PROTOCOL}" xmlns:saml="{ASSERTION}" ID="_response" Version="2.0" {to}\
IssueInstant="{_moment(datetime.now(UTC))}" Destination="{self.recipient}"><saml:Issuer>{self.issuer}</saml:Issuer>\
<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>\
</samlp:Response>"""
        )
        made.extend(assertions)
        return made

    def posted(self, key: Key) -> str:
        """What a good provider has the browser post."""
        return encoded(self.response(self.signed(key)))


def encoded(response: Any) -> str:
    return base64.b64encode(response if isinstance(response, bytes) else etree.tostring(response)).decode()


def asked(location: str) -> Any:
    """The request that is in the address to which somebody was sent."""
    query = parse_qs(urlsplit(location).query)
    return etree.fromstring(zlib.decompress(base64.b64decode(query["SAMLRequest"][0]), -15))


def answer_to(request: Any, *, entity_id: str, email: str, **more: Any) -> Answer:
    """A good answer to a request."""
    issuer = request.findtext(f"{{{ASSERTION}}}Issuer")
    to = request.get("AssertionConsumerServiceURL")
    return Answer(entity_id, issuer, to, request.get("ID"), email, **more)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def serve(port: int) -> None:
    """Answers until it is ended: /metadata, and /sso with a form; who types an address is signed in as that."""
    key, here = Key(), f"http://127.0.0.1:{port}"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if urlsplit(self.path).path == "/metadata":
                self._send(metadata(f"{here}/metadata", f"{here}/sso", key.text), "application/xml")
                return
            anew = "Sign in once more" if asked(self.path).get("ForceAuthn") == "true" else "Sign in"
            self._send(
                f"""<!doctype html><html lang="en"><title>{anew}</title><h1>{anew} at the county</h1>
<form method="post"><label>Address <input name="email"></label>
<label><input type="checkbox" name="mfa"> and by a key</label><button>Go</button></form>"""
            )

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            email, context = form["email"][0], MFA if "mfa" in form else PASSWORD
            answer = answer_to(
                asked(self.path), entity_id=f"{here}/metadata", email=email, subject=email, context=context
            )
            self._send(
                f"""<!doctype html><html lang="en"><title>Back</title>
<form method="post" action="{answer.recipient}">
<input type="hidden" name="SAMLResponse" value="{html.escape(answer.posted(key))}"><button>Back</button></form>
<script>document.forms[0].submit()</script>"""
            )

        def _send(self, content: str, kind: str = "text/html; charset=utf-8") -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(content.encode())

        def log_message(self, *_: Any) -> None:
            pass

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
