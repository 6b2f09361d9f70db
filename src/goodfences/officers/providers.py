"""An agency's own provider of sign-ins: what its admin set, and whom of the agency it may let in.

A provider speaks for officers of its own agency alone, at the domain that the agency proved. Nobody gets an account
by signing in, and no answer depends on who else uses this instance (P2): an address that a resident uses here is
that of an officer who didn't accept the invitation.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from goodfences import boxes, outward, source
from goodfences.agencies import access
from goodfences.agencies.checks import is_at
from goodfences.agencies.log import record
from goodfences.agencies.models import Agency, AgencyAct, Officer
from goodfences.errors import NotFound, refuse
from goodfences.officers.models import Provider, Subject
from goodfences.officers.saml_metadata import Entity
from goodfences.rows import the_row

Kind = AgencyAct.Kind
_SECRET = "provider"  # noqa: S105 # the purpose of a box
FACTORS = frozenset({"mfa", "otp", "hwk", "sc"})
"""Values of `amr` (RFC 8176) that name a second factor as good as ours: not a text message, not a call."""
CONTEXTS = frozenset(
    {
        "https://refeds.org/profile/mfa",
        "http://schemas.microsoft.com/claims/multipleauthn",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorUnregistered",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI",
        "urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken",
    }
)
"""The same in SAML: classes of an authentication's context."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a provider said of whoever signed in, its signature and everything else about the answer checked."""

    subject: str
    email: str
    verified: bool | None = None
    factors: tuple[str, ...] = ()
    at: float = 0.0  # seconds since 1970 at which they showed who they are; 0 where it doesn't say

    @property
    def has_factor(self) -> bool:
        """Whether the provider says that a second factor was shown."""
        return any(one in FACTORS or one in CONTEXTS for one in self.factors)


def of(agency: Agency) -> Provider | None:
    """What the agency's admin set, on or not."""
    found = the_row(Provider.objects.filter(agency=agency))
    if found is not None:
        found.agency = agency
    return found


def in_force(agency: Agency) -> Provider | None:
    """The provider, if it is on."""
    found = of(agency)
    return found if found is not None and found.on_since is not None else None


def is_on_for(account_id: int) -> bool:
    """Whether the officer who signs in with this account can come in by a provider."""
    here = Officer.objects.filter(account_id=account_id, active=True).values("agency_id")
    return Provider.objects.filter(agency_id__in=here, on_since__isnull=False).exists()


def by_slug(slug: str) -> Provider:
    """The provider of the agency, on or not. Raises NotFound."""
    found = the_row(Provider.objects.select_related("agency").filter(agency__slug=slug))
    if found is None:
        raise NotFound("This agency has no provider of its own.")
    return found


def all_on() -> list[Provider]:
    """Those whose officers can come in by them, by the agency's name. Public."""
    on = Provider.objects.select_related("agency").filter(on_since__isnull=False, agency__suspended_at=None)
    return list(on.order_by("agency__name"))


def for_address(email: str) -> Provider | None:
    """The provider at whose agency's domain this address is. Nothing is told of whether anybody has it."""
    host = email.rpartition("@")[2]
    found = [one for one in all_on() if one.agency.domain and is_at(host, one.agency.domain)]
    return max(found, key=lambda one: len(one.agency.domain), default=None)


def secret_of(provider: Provider) -> str:
    """For the call to the provider alone; no page shows it. Raises InvalidToken where nothing opens it any more."""
    return boxes.unseal(_SECRET, provider.sealed_secret) if provider.sealed_secret else ""


def _opens(provider: Provider) -> bool:
    try:
        return bool(secret_of(provider))
    except InvalidToken:
        return False


def seal_secrets_anew() -> int:
    """Seal what an earlier secret of the instance sealed; returns how many there were."""
    done = 0
    for pk, sealed in Provider.objects.exclude(sealed_secret="").values_list("pk", "sealed_secret"):
        anew = boxes.sealed_anew(_SECRET, sealed)
        if anew != sealed:
            done += Provider.objects.filter(pk=pk, sealed_secret=sealed).update(sealed_secret=anew)
    return done


@transaction.atomic
def set_oidc(*, acting: Officer, issuer: str, client_id: str, secret: str, vouches: bool) -> Provider:
    """Set an OpenID provider. It is off until it was tried. Without a secret the former one of this client stays.

    Raises Refused, NotFound but for an admin.
    """
    admin = _admin(acting)
    before = of(admin.agency)
    if not outward.is_fine(issuer, anywhere=settings.PROVIDERS_ANYWHERE, any_port=True):
        raise refuse("provider.issuer", "issuer", "Give the issuer’s address: it begins with https://.", value=issuer)
    if not 1 <= len(client_id) <= 200:
        raise refuse("provider.client", "client_id", "Give the client ID, of at most 200 letters.")
    if secret:
        sealed = boxes.seal(_SECRET, secret)
    elif before is not None and (before.issuer, before.client_id) == (issuer, client_id) and _opens(before):
        sealed = before.sealed_secret
    else:
        raise refuse("provider.secret", "secret", "Give the client secret that the provider made.")
    fields = {"client_id": client_id, "sealed_secret": sealed, "vouches": vouches}
    return _set(admin, before, Provider.Kind.OIDC, issuer, fields)


@transaction.atomic
def set_saml(*, acting: Officer, entity: Entity, metadata_url: str = "") -> Provider:
    """Set a provider that speaks SAML, as its metadata says. Off until it was tried. NotFound but for an admin."""
    admin = _admin(acting)
    fields: dict[str, object] = {
        "metadata_url": metadata_url,
        "sso_url": entity.sso_url,
        "certificates": list(entity.certificates),
    }
    fields |= {"read_at": source.now()} if metadata_url else {}
    return _set(admin, of(admin.agency), Provider.Kind.SAML, entity.entity_id, {**fields, "vouches": True})


@transaction.atomic
def tried(*, acting: Officer, provider: Provider) -> None:
    """The admin came back from it as themselves. Raises NotFound but for an admin, or where it was changed since."""
    admin = _admin(acting)
    if not Provider.objects.filter(pk=provider.pk, agency=admin.agency, set_at=provider.set_at).update(
        tried_at=source.now()
    ):
        raise NotFound("The provider was changed.")


@transaction.atomic
def turn(*, acting: Officer, on: bool) -> None:
    """Turn it on, once it was tried, or off. Twice is once. Raises Refused, NotFound but for an admin."""
    admin = _admin(acting)
    provider = _own(admin)
    if (provider.on_since is not None) == on:
        return
    if on and not admin.agency.domain:
        message = "Your agency proved no domain, so no address can be known to be yours. Ask the operator."
        raise refuse("provider.domain", "on", message)
    if on and provider.tried_at is None:
        raise refuse("provider.untried", "on", "Try it first: come back from it as yourself.")
    provider.on_since = source.now() if on else None
    provider.save(update_fields=["on_since"])
    _record(admin, f"{'On' if on else 'Off'}: {_host(provider)}")


@transaction.atomic
def rule(*, acting: Officer, required: bool, counts_factor: bool) -> None:
    """Whether no other way leads in, and whether a factor seen there counts here. NotFound but for an admin."""
    admin = _admin(acting)
    provider = _own(admin)
    if provider.required != required:
        _record(admin, "Required" if required else "No longer required")
    if provider.counts_factor != counts_factor:
        _record(admin, "Its second factor counts" if counts_factor else "Its second factor counts no longer")
    provider.required, provider.counts_factor = required, counts_factor
    provider.save(update_fields=["required", "counts_factor"])


@transaction.atomic
def end(*, acting: Officer) -> None:
    """Forget the provider and its secret. Twice is once. Raises NotFound but for an admin."""
    admin = _admin(acting)
    provider = of(admin.agency)
    if provider is not None:
        Subject.objects.filter(provider_ref=provider.ref).delete()
        provider.delete()
        _record(admin, f"Ended: {_host(provider)}")


@transaction.atomic
def whom(provider: Provider, said: Said) -> Officer:
    """The officer whom the provider let in. Raises Refused with words for whoever stands there."""
    agency = access.lock_agency(provider.agency_id)
    email = said.email.strip().lower()
    if agency.suspended_at is not None:
        raise refuse("provider.suspended", "agency", f"{agency.name} is suspended here. Nobody of it can sign in.")
    if not email:
        raise refuse("provider.address", "email", "Your provider didn’t say which work address is yours.")
    if said.verified is False or (said.verified is None and not provider.vouches):
        raise refuse(
            "provider.verified", "email", f"Your provider doesn’t say that {email} was verified.", value=email
        )
    if not agency.domain or not is_at(email.rpartition("@")[2], agency.domain):
        message = (
            f"{email} isn’t an address at {agency.domain or 'a domain'} that {agency.name} proved to be its own."
        )
        raise refuse("provider.domain", "email", message, value=email)
    officer = _officer(agency, email)
    _is_same(provider, officer, said.subject)
    return officer


def _officer(agency: Agency, email: str) -> Officer:
    rows = Officer.objects.select_related("agency", "account").filter(agency=agency)
    found = rows.filter(Q(email=email) | Q(email="", account__email=email)).order_by("-active").first()
    if found is None:
        message = f"Nobody of {agency.name} has the address {email} here. Ask an admin of your agency to invite you."
        raise refuse("provider.unknown", "email", message, value=email)
    if not found.active:
        raise refuse("provider.left", "email", f"The access of {email} to {agency.name}’s portal has ended.")
    account = found.account
    if found.accepted_at is None or account is None:
        message = "First open the link in the email that invited you. From then on you sign in this way."
        raise refuse("provider.invited", "email", message, value=email)
    if account.kind != "officer" or not account.is_active:
        raise refuse("provider.left", "email", f"The access of {email} to {agency.name}’s portal has ended.")
    return found


def _is_same(provider: Provider, officer: Officer, subject: str) -> None:
    """At the provider, too, it is whom it was before. The first time it is kept."""
    kept = Subject.objects.filter(provider_ref=provider.ref)
    kept.filter(officer=officer).exclude(invited=officer.invited).delete()
    others = kept.filter(subject=subject).exclude(officer=officer).select_related("officer")
    own = kept.filter(officer=officer).first()
    if any(one.invited == one.officer.invited for one in others) or (own is not None and own.subject != subject):
        message = (
            "At your provider, this address or account was somebody else’s before. Ask an admin of your agency to "
            "end your access and give it again."
        )
        raise refuse("provider.another", "email", message)
    if own is None:
        given = {"officer": officer, "subject": subject, "invited": officer.invited}
        Subject.objects.create(provider_ref=provider.ref, **given)


def _set(
    admin: Officer, before: Provider | None, kind: Provider.Kind, issuer: str, fields: dict[str, object]
) -> Provider:
    provider = before or Provider(agency=admin.agency)
    if (provider.kind, provider.issuer) != (kind, issuer):
        provider.ref = source.new_ref("provider")
    nothing: dict[str, object] = {
        "client_id": "",
        "sealed_secret": "",
        "metadata_url": "",
        "sso_url": "",
        "certificates": [],
    }
    nothing |= {"read_at": None, "read_next_at": None, "trouble": ""}
    provider.kind, provider.issuer = kind, issuer
    for name, value in {**nothing, **fields}.items():
        setattr(provider, name, value)
    provider.set_at, provider.tried_at, provider.on_since = source.now(), None, None
    provider.save()
    _record(admin, f"Set: {_host(provider)}")
    return provider


def _host(provider: Provider) -> str:
    return f"{provider.get_kind_display()}, {provider.issuer.partition('://')[2] or provider.issuer}"


def _own(admin: Officer) -> Provider:
    provider = of(admin.agency)
    if provider is None:
        raise NotFound("No provider was set.")
    return provider


def _admin(acting: Officer) -> Officer:
    admin = access.admin_of(acting.account_id)
    access.lock_agency(admin.agency_id)
    return access.admin_of(acting.account_id)


def _record(admin: Officer, about: str) -> None:
    record(Kind.SSO_CHANGED, agency=admin.agency, officer=admin, about=about)
