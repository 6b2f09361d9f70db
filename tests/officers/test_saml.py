"""Signing in by an agency's SAML provider: what is believed of an answer, and each way to forge one."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from lxml import etree
from signxml import XMLSigner

from goodfences.agencies.models import Agency, AgencyAct
from goodfences.errors import Refused
from goodfences.officers import providers, refreshing, saml_metadata, tasks
from goodfences.officers.models import Provider
from goodfences.people.models import Account
from goodfences.source import SeededSource
from tests.officers.idp import ASSERTION, MFA, PROTOCOL, Answer, Key, answer_to, asked, encoded, metadata
from tests.pages import Page
from tests.persons import officer, signed_in

pytestmark = pytest.mark.django_db
ENTITY, SSO = "https://idp.example/entity", "https://idp.example/sso"
HIS, HERS = "omar@example.org", "ada@example.org"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
_SIGNATURE = 'xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'
WIDE = f"""<saml:Attribute Name="wide"><saml:AttributeValue>{"<x xmlns=''/>" * 100}</saml:AttributeValue>\
</saml:Attribute>"""
COUNTS_ALL_FOR_EACH = f"""<ds:Transform {_SIGNATURE} Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116">\
<ds:XPath>count(//*[count(//*) &gt; 0]) &gt; 0</ds:XPath></ds:Transform>"""
GROWS_TO_ITS_SQUARE = f"""<ds:Transform {_SIGNATURE} Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116">\
<t:stylesheet version="1.0" xmlns:t="http://www.w3.org/1999/XSL/Transform"><t:template match="/"><a>\
{'<t:for-each select="//*">' * 2}<b/>{"</t:for-each>" * 2}</a></t:template></t:stylesheet></ds:Transform>"""
REFERENCE = f"""<ds:Reference {_SIGNATURE} URI="{{}}"><ds:DigestMethod \
Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>"""


@pytest.fixture(scope="module")
def key() -> Key:
    return Key()


@pytest.fixture
def saml(proven: Agency, aggie: Account, key: Key) -> Provider:
    """Northgate's provider, tried and on."""
    admin = officer(aggie)
    entity = saml_metadata.read(metadata(ENTITY, SSO, key.text))
    made = providers.set_saml(acting=admin, entity=entity)
    providers.tried(acting=admin, provider=made)
    providers.turn(acting=admin, on=True)
    return made


def way(name: str) -> str:
    return reverse(f"portal:{name}", args=["northgate-police"])


def request_of(client: Client, start: str = "") -> Any:
    there = client.get(start or way("provider_go"))
    assert there.status_code == 302 and there["Location"].startswith(SSO), there
    return asked(there["Location"])


def good(client: Client, start: str = "", email: str = HIS, **more: Any) -> Answer:
    """The answer of a good provider to what this browser asked."""
    return answer_to(request_of(client, start), entity_id=ENTITY, email=email, **more)


def comes_back(client: Client, posted: str) -> Any:
    """The browser posts the answer, without cookies as another site's form does, and is led on with them."""
    elsewhere = Client()
    answer = elsewhere.post(way("provider_saml"), {"SAMLResponse": posted})
    if answer.status_code != 302:
        return answer
    client.cookies["saml-answer"] = elsewhere.cookies["saml-answer"].value
    return client.get(answer["Location"])


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def refused(client: Client, posted: str) -> None:
    answer = comes_back(client, posted)
    assert answer.status_code == 403 and "couldn’t be accepted" in Page(answer).text
    assert not is_in(client)


class TestComingIn:
    def test_a_good_answer(self, saml: Provider, omar: Account, key: Key) -> None:
        client = Client()
        answer = comes_back(client, good(client).posted(key))
        assert answer.status_code == 302 and is_in(client)
        assert client.get("/portal/")["Location"].startswith(reverse("portal:second_factor"))

    def test_a_factor_counts_where_the_admin_says_so(
        self, saml: Provider, omar: Account, aggie: Account, key: Key
    ) -> None:
        providers.rule(acting=officer(aggie), required=True, counts_factor=True)
        for context, status in ((MFA, 200), ("urn:oasis:names:tc:SAML:2.0:ac:classes:Password", 302)):
            client = Client()
            comes_back(client, good(client, context=context).posted(key))
            assert client.get("/portal/").status_code == status

    def test_one_answer_opens_once(self, saml: Provider, omar: Account, key: Key) -> None:
        client = Client()
        posted = good(client).posted(key)
        comes_back(client, posted)
        assert is_in(client)
        client.logout()
        refused(client, posted)

    @pytest.mark.parametrize("email", ["olive@example.org", "mallory@example.org", "omar@evil.example", ""])
    def test_nobody_else_gets_in(self, saml: Provider, omar: Account, olive: Account, key: Key, email: str) -> None:
        client, before = Client(), Account.objects.count()
        assert comes_back(client, good(client, email=email).posted(key)).status_code == 403
        assert not is_in(client) and Account.objects.count() == before

    def test_two_addresses_are_none(self, saml: Provider, omar: Account, ada: Account, key: Key) -> None:
        client = Client()
        more = f'<saml:Attribute Name="email"><saml:AttributeValue>{HERS}</saml:AttributeValue></saml:Attribute>'
        assert comes_back(client, good(client, more=more).posted(key)).status_code == 403

    @pytest.mark.parametrize(("ago", "opens"), [(0, True), (3600, False)])
    def test_once_more_it_must_have_asked_anew(
        self, saml: Provider, omar: Account, aggie: Account, key: Key, ago: int, opens: bool
    ) -> None:
        providers.rule(acting=officer(aggie), required=True, counts_factor=True)
        client = Client()
        comes_back(client, good(client, context=MFA).posted(key))
        again = reverse("portal:provider_again")
        assert request_of(client, again).get("ForceAuthn") == "true"
        shown_at = datetime.now(UTC) - timedelta(seconds=ago)
        answer = comes_back(client, good(client, again, shown_at=shown_at).posted(key))
        assert (answer.status_code == 302) == opens


class TestForged:
    """Each by somebody who has a good answer of Omar's, or a key of their own, and wants to be somebody else."""

    @pytest.mark.parametrize(
        "change",
        [
            {"issuer": "https://evil.example/entity"},
            {"audience": "https://elsewhere.example/metadata"},
            {"audience": ""},
            {"recipient": "https://elsewhere.example/acs"},
            {"recipient": "http://testserver/portal/sign-in/harbor-sheriff/saml/"},
            {"lasts": timedelta(minutes=-10)},
            {"answers": ""},
            {"answers": "ONELOGIN_forged"},
            {"assertion_answers": ""},
            {"assertion_answers": "ONELOGIN_another"},
        ],
        ids=str,
    )
    def test_an_answer_that_is_not_to_us_now(
        self, saml: Provider, omar: Account, key: Key, change: dict[str, Any]
    ) -> None:
        client = Client()
        answer = good(client)
        for name, value in change.items():
            setattr(answer, name, value)
        refused(client, answer.posted(key))

    def test_unasked(self, saml: Provider, omar: Account, key: Key) -> None:
        """No sign-in begins at the provider."""
        client, other = Client(), Client()
        posted = good(other).posted(key)
        refused(client, posted)

    def test_by_a_key_that_is_not_in_the_metadata(self, saml: Provider, omar: Account) -> None:
        client = Client()
        refused(client, good(client).posted(Key()))

    def test_unsigned(self, saml: Provider, omar: Account) -> None:
        client = Client()
        answer = good(client)
        assertion = answer.assertion()
        assertion.remove(assertion.find("{http://www.w3.org/2000/09/xmldsig#}Signature"))
        refused(client, encoded(answer.response(assertion)))

    def test_with_the_whole_answer_signed_and_the_assertion_not(
        self, saml: Provider, omar: Account, key: Key
    ) -> None:
        client = Client()
        answer = good(client)
        assertion = answer.assertion()
        assertion.remove(assertion.find("{http://www.w3.org/2000/09/xmldsig#}Signature"))
        response = answer.response(assertion)
        place = etree.fromstring('<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="placeholder"/>')
        response.insert(1, place)
        signer = XMLSigner(c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#")
        certificate = key.certificate.decode()
        refused(client, encoded(signer.sign(response, key=key.private, cert=certificate, reference_uri="#_response")))

    def test_changed_after_it_was_signed(self, saml: Provider, omar: Account, ada: Account, key: Key) -> None:
        client = Client()
        answer = good(client)
        signed = answer.signed(key)
        _email(signed).text = HERS
        refused(client, encoded(answer.response(signed)))

    @pytest.mark.parametrize("how", ["before", "after", "around", "inside the signature", "in an extension"])
    def test_wrapped(self, saml: Provider, omar: Account, ada: Account, key: Key, how: str) -> None:
        """XML signature wrapping: a good signature of Omar's assertion, and a forger's assertion beside it."""
        client = Client()
        answer = good(client)
        real = answer.signed(key)
        evil = copy.deepcopy(real)
        signature = evil.find("{http://www.w3.org/2000/09/xmldsig#}Signature")
        _email(evil).text = HERS
        evil.set("ID", "_evil")
        if how in ("before", "after"):
            evil.remove(signature)
            posted = answer.response(*((evil, real) if how == "before" else (real, evil)))
        elif how == "around":
            evil.append(real)
            posted = answer.response(evil)
        elif how == "inside the signature":
            holder = etree.SubElement(signature, "{http://www.w3.org/2000/09/xmldsig#}Object")
            holder.append(real)
            posted = answer.response(evil)
        else:
            evil.set("ID", "_assertion")
            evil.remove(signature)
            posted = answer.response(evil)
            extensions = etree.Element(f"{{{PROTOCOL}}}Extensions")
            extensions.append(real)
            posted.insert(1, extensions)
        refused(client, encoded(posted))

    def test_a_comment_inside_the_address(self, saml: Provider, proven: Agency, omar: Account, key: Key) -> None:
        """`omar@example.org<!-- -->.evil.example` is signed for its whole text, and is read as its whole text."""
        client = Client()
        answer = good(client, email=f"{HIS}.evil.example")
        signed = answer.signed(key)
        text = etree.tostring(answer.response(signed)).replace(b".org.evil", b".org<!-- -->.evil")
        result = comes_back(client, encoded(text))
        assert result.status_code == 403 and not is_in(client)

    @pytest.mark.parametrize(
        "entity", ['<!ENTITY x SYSTEM "file:///etc/hostname">', '<!ENTITY x "omar@example.org">', ""]
    )
    def test_with_entities_or_a_document_type(self, saml: Provider, omar: Account, key: Key, entity: str) -> None:
        client = Client()
        answer = good(client)
        text = etree.tostring(answer.response(answer.signed(key)))
        refused(
            client,
            encoded(
                f"<!DOCTYPE r [{entity}]>".encode() + text.replace(HIS.encode(), b"&x;" if entity else HIS.encode())
            ),
        )

    @pytest.mark.parametrize("bomb", [COUNTS_ALL_FOR_EACH, GROWS_TO_ITS_SQUARE], ids=["XPath", "XSLT"])
    def test_with_a_program_in_its_signature(
        self, saml: Provider, omar: Account, key: Key, bomb: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """libxmlsec would run it before it knew whose signature it is. Ten times as wide as here it takes minutes."""
        client = Client()
        answer = good(client, more=WIDE)
        signed = answer.signed(key)
        signed.find(f".//{DS}Transforms").insert(0, etree.fromstring(bomb))
        refused(client, encoded(answer.response(signed)))
        assert "a transform that SAML has no need of" in caplog.text

    def test_with_a_file_of_ours_in_its_signature(
        self, saml: Provider, omar: Account, key: Key, tmp_path: Path
    ) -> None:
        """A reference is opened before anything is checked: here a pipe, which tells that somebody reads it."""
        pipe, opened = tmp_path / "pipe", Event()
        os.mkfifo(pipe)
        Thread(target=lambda: (pipe.open("wb").close(), opened.set()), daemon=True).start()
        client = Client()
        answer = good(client)
        signed = answer.signed(key)
        signed.find(f".//{DS}SignedInfo").append(etree.fromstring(REFERENCE.format(f"file://{pipe}")))
        refused(client, encoded(answer.response(signed)))
        assert not opened.wait(0.2)
        pipe.open("rb").close()

    def test_with_an_algorithm_that_is_no_longer_good(self, saml: Provider, omar: Account, key: Key) -> None:
        client = Client()
        answer = good(client)
        text = etree.tostring(answer.response(answer.signed(key)))
        refused(client, encoded(text.replace(b"xmldsig-more#rsa-sha256", b"xmldsig#rsa-sha1")))

    @pytest.mark.parametrize("posted", ["", "!!!", encoded(b"<a"), encoded(b"<a/>"), "A" * 400_000])
    def test_nonsense(self, saml: Provider, posted: str) -> None:
        refused(Client(), posted)

    def test_a_refusal_of_the_providers_own(self, saml: Provider, omar: Account, key: Key) -> None:
        client = Client()
        answer = good(client)
        text = etree.tostring(answer.response()).replace(b"status:Success", b"status:Responder")
        refused(client, encoded(text))


class TestMetadata:
    def test_ours_says_where_answers_go(self, northgate: Agency, settings: Any) -> None:
        settings.SITE_URL = "https://goodfences.example"
        told = Client(headers={"host": "testserver"}).get(way("provider_metadata"))
        root = etree.fromstring(told.content)
        assert root.get("entityID") == f"https://goodfences.example{way('provider_metadata')}"
        where = root.find(".//{urn:oasis:names:tc:SAML:2.0:metadata}AssertionConsumerService").get("Location")
        assert where == f"https://goodfences.example{way('provider_saml')}"

    @pytest.mark.parametrize(
        ("xml", "words"),
        [
            ("", "isn’t the metadata"),
            ("<a/>", "isn’t the metadata"),
            ("<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/hostname'>]><a>&b;</a>", "isn’t the metadata"),
            (metadata(ENTITY, "http://127.0.0.1/sso", "x"), "HTTP-Redirect"),
            (metadata(ENTITY, SSO, "bm90aGluZw=="), "no certificate"),
            (metadata(ENTITY, SSO, ""), "isn’t the metadata"),
        ],
        ids=range(6),
    )
    def test_what_is_none(self, xml: str, words: str) -> None:
        with pytest.raises(Refused) as refusal:
            saml_metadata.read(xml)
        assert words in refusal.value.problems[0].message

    def test_an_admin_pastes_it(self, proven: Agency, aggie: Account, key: Key) -> None:
        given = {"act": "saml", "metadata": metadata(ENTITY, SSO, key.text), "metadata_url": ""}
        assert signed_in(aggie).post(reverse("portal:provider"), given).status_code == 302
        made = Provider.objects.get()
        assert (made.kind, made.issuer, made.sso_url, made.on_since) == ("saml", ENTITY, SSO, None)
        wrong = signed_in(aggie).post(reverse("portal:provider"), {**given, "metadata": "<a/>"})
        assert wrong.status_code == 422 and Provider.objects.get().issuer == ENTITY


class TestItsKeysChange:
    """Metadata that was given by its address is read anew each day."""

    @pytest.fixture
    def there(self, saml: Provider, key: Key, clock: SeededSource) -> Iterator[dict[str, str]]:
        """What stands at the address, under `text`."""
        found = {"text": metadata(ENTITY, SSO, key.text)}

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(found["text"].encode())

            def log_message(self, *_: object) -> None: ...

        with HTTPServer(("127.0.0.1", 0), Answers) as server:
            Thread(target=server.serve_forever, daemon=True).start()
            Provider.objects.filter(pk=saml.pk).update(metadata_url=f"http://127.0.0.1:{server.server_port}/metadata")
            yield found
            server.shutdown()

    def test_and_answers_by_the_new_ones_are_believed_from_then_on(
        self, saml: Provider, omar: Account, key: Key, there: dict[str, str], clock: SeededSource
    ) -> None:
        new = Key()
        assert tasks.run_due(50) == 1
        assert tasks.run_due(50) == 0
        there["text"] = metadata(ENTITY, SSO, new.text)
        clock.advance(refreshing.EVERY)
        assert tasks.run_due(50) == 1
        saml.refresh_from_db()
        assert saml.certificates == ["".join(new.text.split())]
        assert saml.on_since is not None and saml.tried_at is not None
        log = AgencyAct.objects.filter(kind="sso.changed", officer=None)
        assert [one.about for one in log] == ["Other keys or another page in its metadata"]

    @pytest.mark.parametrize(
        ("xml", "words"),
        [("<a/>", "isn’t the metadata"), (metadata("https://other.example/", SSO, "{key}"), "another entity ID")],
        ids=["nonsense", "another"],
    )
    def test_what_cant_be_taken_leaves_what_was_known_and_is_said(
        self,
        saml: Provider,
        aggie: Account,
        key: Key,
        there: dict[str, str],
        clock: SeededSource,
        xml: str,
        words: str,
    ) -> None:
        there["text"] = xml.replace("{key}", key.text)
        assert tasks.run_due(50) == 1
        before = saml.certificates
        saml.refresh_from_db()
        assert saml.certificates == before and words in saml.trouble
        assert words in Page(signed_in(aggie).get(reverse("portal:provider"))).text
        clock.advance(refreshing.AGAIN)
        there["text"] = metadata(ENTITY, SSO, key.text)
        assert tasks.run_due(50) == 1
        saml.refresh_from_db()
        assert saml.trouble == ""

    def test_one_that_is_off_or_was_pasted_is_not_read(
        self, saml: Provider, there: dict[str, str], aggie: Account
    ) -> None:
        Provider.objects.update(on_since=None)
        assert tasks.run_due(50) == 0
        Provider.objects.update(on_since=saml.on_since, metadata_url="")
        assert tasks.run_due(50) == 0


def _email(assertion: Any) -> Any:
    return assertion.find(f".//{{{ASSERTION}}}AttributeValue")
