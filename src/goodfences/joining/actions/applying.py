"""What the applicant does: apply, prove the domain, sign, withdraw. All by a link that only the applicant has."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta

from django.db import transaction

from goodfences import source
from goodfences.agencies import queries as agencies
from goodfences.agencies.actions import next_version
from goodfences.agencies.checks import AgencyParticulars
from goodfences.agencies.models import Agency
from goodfences.errors import Problem, Refused, refuse
from goodfences.joining import access, checks, dns, letters, signed, sshsig
from goodfences.joining.actions.ending import end
from goodfences.joining.checks import Applied
from goodfences.joining.models import Application
from goodfences.joining.sshsig import BadSshSignature
from goodfences.joining.statement import statement
from goodfences.ledger import keys as ledger_keys
from goodfences.people import limits

State = Application.State
ALIVE = (State.APPLIED, State.SIGNED, State.NOTICE)


def apply(*, given: Applied, peer: str, renews: str = "") -> Application:
    """Take an agency's application, and mail its applicant the link to what comes next. Nothing is public yet.

    `renews` is the slug of the agency whose agreement is renewed: then name, kind and domain are those it has.
    `peer` is the applicant's network address, by which tries are counted. Raises Refused with every problem,
    NotFound.
    """
    limits.count_from("joining.apply", peer, limit=10, period=timedelta(days=1))
    given = given.tidied()
    agency = agencies.agency(renews) if renews else None
    if agency is not None:
        given = replace(given, particulars=_as_it_is(given, agency), admin=None)
    problems = checks.problems(given)
    if agency is None and Agency.objects.filter(slug=given.particulars.slug).exists():
        message = "There is an agency of this name on this instance. It renews its agreement from its own page."
        problems.append(Problem("agency.name_taken", "name", message, value=given.particulars.name))
    if problems:
        raise Refused(*problems)
    with transaction.atomic():
        version = next_version(agency) if agency is not None else 1
        application = Application.objects.create(
            agency=agency,
            renews=agency is not None,
            particulars=asdict(given.particulars),
            admin=asdict(given.admin) if given.admin is not None else {},
            code=f"goodfences={source.new_token('joining.code')[:32]}",
            version=version,
            statement=statement(
                instance=ledger_keys.origin(),
                version=version,
                particulars=given.particulars,
                oversight=given.oversight,
                signed_by=given.terms.signed_by,
                stricter=given.terms.stricter,
                text=given.terms.text,
            ),
            **checks.columns(given),
        )
        letters.begun(application)
    return application


def prove_by_dns(*, application: Application) -> Application:
    """Look the domain's TXT record up. Raises Refused where it doesn't say the application's code (TooOften)."""
    limits.count("joining.dns", application.ref, limit=30, period=timedelta(hours=1))
    dns.require(application.particulars["domain"], application.code)
    return _prove(application, Application.Proof.DNS)


def ask_by_mail(*, application: Application) -> None:
    """Mail the published contact a link that proves it. Raises Refused (TooOften)."""
    limits.count("joining.proof", application.ref, limit=3, period=timedelta(days=1))
    with transaction.atomic():
        letters.proof(access.lock(application))


def prove_by_mail(*, token: str) -> Application:
    """Whoever reads the published contact's mail pressed the button behind its link. Raises NotFound, Refused."""
    return _prove(access.by_proof_link(token), Application.Proof.MAIL)


@transaction.atomic
def sign(*, application: Application, signature: str) -> Application:
    """Take the agency's signature over the statement, exactly as it was made.

    Raises Refused where it doesn't hold, or where the domain wasn't proven before.
    """
    application = access.lock(application)
    _alive(application, State.APPLIED, field="signature")
    if application.proven_at is None:
        raise refuse("joining.unproven", "signature", "Prove your domain first.")
    text = signature.strip().replace("\r\n", "\n") + "\n"
    try:
        fingerprint = sshsig.check(application.statement.encode(), text, namespace=signed.NAMESPACE)
    except BadSshSignature as error:
        raise refuse("joining.signature", "signature", str(error)) from error
    application.signature, application.agency_key = text, fingerprint
    application.state = State.SIGNED
    application.save(update_fields=["signature", "agency_key", "state"])
    return application


@transaction.atomic
def withdraw(*, application: Application) -> Application:
    """The applicant takes it back. An announced one stays on record as withdrawn. Raises Refused."""
    application = access.lock(application)
    _alive(application, *ALIVE)
    end(application, State.WITHDRAWN)
    return application


@transaction.atomic
def _prove(application: Application, how: Application.Proof) -> Application:
    application = access.lock(application)
    _alive(application, *ALIVE)
    if application.proven_at is None:
        application.proven_by, application.proven_at = how, source.now()
        application.save(update_fields=["proven_by", "proven_at"])
    return application


def _alive(application: Application, *states: State, field: str = "") -> None:
    if application.state not in states:
        raise refuse("joining.state", field, "This application has come further, or has ended. Look at it anew.")


def _as_it_is(given: Applied, agency: Agency) -> AgencyParticulars:
    """A renewal changes what the agency says of itself, and neither its name nor its proven domain."""
    domain = agency.domain or given.particulars.domain
    return replace(given.particulars, name=agency.name, kind=agency.kind, domain=domain)
