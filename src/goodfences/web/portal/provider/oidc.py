"""OpenID Connect: the code flow with state, nonce and PKCE, by allauth's client; the ID token is checked by PyJWT."""

from __future__ import annotations

from typing import Any

import jwt
import requests
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.http import HttpRequest

from goodfences import outward, source
from goodfences.officers import providers
from goodfences.officers.models import Provider
from goodfences.officers.providers import Said
from goodfences.web.portal.provider import way
from goodfences.web.portal.provider.way import Away, Wrong

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


def begin(request: HttpRequest, provider: Provider, state: dict[str, Any], *, again: bool) -> str:
    """Where the browser is sent. `again`: the provider asks anew, whoever is signed in there. Raises Away, Wrong."""
    known = _configuration(provider)
    proof = generate_code_challenge()
    kept = {**state, "nonce": source.new_token("nonce"), "verifier": proof.pop("code_verifier")}
    client = _client(request, provider, known)
    client.state = way.remember(request, provider, kept)
    more = {"prompt": "login", "max_age": "0"} if again else {}
    where = known["authorization_endpoint"]
    if not outward.is_fine(where, anywhere=settings.PROVIDERS_ANYWHERE, any_port=True):
        raise Wrong("Its authorization_endpoint isn’t an address that begins with https://.")
    return str(client.get_redirect_url(where, ["openid", "email"], {"nonce": kept["nonce"], **proof, **more}))


def finish(request: HttpRequest, provider: Provider, state: dict[str, Any]) -> Said:
    """What the provider says of whoever came back with a code. Raises Away, Wrong."""
    known = _configuration(provider)
    try:
        given = _client(request, provider, known).get_access_token(
            request.GET.get("code", ""), pkce_code_verifier=state["verifier"]
        )
    except requests.RequestException as error:
        raise Away from error
    except (OAuth2Error, ValueError, RecursionError) as error:
        raise Wrong("It gave no token for its code: are client ID and secret right?") from error
    claims = _claims(provider, known, str(given.get("id_token", "")), state["nonce"])
    at = claims.get("auth_time", 0)
    about = claims if "email" in claims else _user_info(known, str(given["access_token"]), claims["sub"])
    return Said(
        subject=str(claims["sub"]),
        email=str(about.get("email") or ""),
        verified=_truth(about.get("email_verified")),
        factors=tuple(str(one) for one in claims["amr"]) if isinstance(claims.get("amr"), list) else (),
        at=float(at) if isinstance(at, int | float) else 0.0,
    )


def issuer_of(typed: str) -> str:
    """The issuer as it writes itself, of which somebody typed the address. Raises Away, Wrong."""
    found = _get(f"{typed.rstrip('/')}/.well-known/openid-configuration")
    issuer = str(found.get("issuer", ""))
    if issuer.rstrip("/") != typed.rstrip("/"):
        raise Wrong(f"It calls itself {issuer[:200] or 'nothing'}.")
    return issuer


def _configuration(provider: Provider) -> dict[str, Any]:
    known = _get(f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration")
    if known.get("issuer") != provider.issuer:
        raise Wrong("It calls itself by another issuer now.")
    if not all(isinstance(known.get(name), str) for name in _NEEDED):
        raise Wrong("Its configuration lacks an address.")
    return known


def _client(request: HttpRequest, provider: Provider, known: dict[str, Any]) -> OAuth2Client:
    # Where a provider says nothing it takes the secret in the header (OpenID Connect Discovery 1.0).
    methods = known.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    try:
        secret = providers.secret_of(provider)
    except InvalidToken as error:
        raise Wrong("Its client secret can’t be read here any more. An admin has to give it again.") from error
    back = way.address(provider, "provider_back")
    in_header = "client_secret_post" not in methods
    return OAuth2Client(
        request, provider.client_id, secret, "POST", known["token_endpoint"], back, basic_auth=in_header
    )


def _claims(provider: Provider, known: dict[str, Any], token: str, nonce: str) -> dict[str, Any]:
    try:
        keys = jwt.PyJWKSet.from_dict(_get(known["jwks_uri"]))
        kid = jwt.get_unverified_header(token).get("kid")
        fitting = [one for one in keys.keys if kid is None or one.key_id == kid]
        if len(fitting) != 1:
            raise Wrong("Its ID token is signed by no key that it publishes.")
        claims: dict[str, Any] = jwt.decode(
            token,
            fitting[0],
            algorithms=ALGORITHMS,
            audience=provider.client_id,
            issuer=provider.issuer,
            leeway=way.SKEW_SECONDS,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
    except (jwt.PyJWTError, RecursionError) as error:
        raise Wrong(f"Its ID token doesn’t hold: {error}.") from error
    if claims.get("nonce") != nonce:
        raise Wrong("Its ID token was made for another sign-in.")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else provider.client_id) != provider.client_id:
        raise Wrong("Its ID token was made for another program.")
    return claims


def _user_info(known: dict[str, Any], token: str, subject: str) -> dict[str, Any]:
    """What it says besides, where its ID token is short (Okta's); of the same person, or nothing."""
    where = known.get("userinfo_endpoint")
    found = _get(where, {"Authorization": f"Bearer {token}"}) if isinstance(where, str) else {}
    return found if found.get("sub") == subject else {}


def _get(url: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    try:
        with get_adapter().get_requests_session() as asking:
            answer = asking.get(url, headers=headers)
            answer.raise_for_status()
            found = answer.json()
    except (requests.exceptions.JSONDecodeError, RecursionError) as error:
        raise Wrong("It answers something else than an OpenID provider does.") from error
    except requests.RequestException as error:
        raise Away from error
    if not isinstance(found, dict):
        raise Wrong("It answers something else than an OpenID provider does.")
    return found


def _truth(said: Any) -> bool | None:
    return None if said is None else said is True or said == "true"
