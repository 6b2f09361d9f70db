"""Everything that is held about a person, in JSON by a published schema (P12)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings

from goodfences import source
from goodfences.errors import NotFound
from goodfences.people import access, registry
from goodfences.people.models import Account, Archive, EmailChange, Household, SettingUp
from goodfences.people.queries import hours_of
from goodfences.people.schema import DIALECT, Schema, free, many, maybe, moment, record, text, whole, yes_no

SCHEMA_PATH = "/schemas/export-1.json"

ACCOUNT = record(
    "The person.",
    email=text("The address that they sign in with."),
    kind=text("Always a resident's.", "resident"),
    name=text("What their household calls them; may be empty."),
    language=text("Of pages and emails."),
    time_zone=text("In which times are shown, as the IANA names it."),
    written_to=record(
        "When they want to be written to, in their time zone; what is empty was not chosen.",
        quiet_from=text("Quiet hours begin."),
        quiet_until=text("Quiet hours end."),
        digest_at=text("The hour of the one email a day."),
        away_from=text("The first day away."),
        away_until=text("The last day away."),
    ),
    setting_up=record(
        "How far they came with setting up.",
        passed=many(text("A step that they answered or skipped.")),
        finished_at=maybe(moment("When they were done with it.")),
    ),
    created_at=moment("When the account was made."),
    last_login=maybe(moment("When they last signed in.")),
)
HOUSEHOLD = record(
    "The household that the person belongs to.",
    ref=text("Its identifier."),
    name=text("Its name; may be empty."),
    cell=text("The H3 cell of resolution 11, about 50 meters across, in decimal. Nothing finer is known."),
    created_at=moment("When it was made."),
    people=many(
        record(
            "One of its people.",
            ref=text("The membership's identifier."),
            name=text("What they are called; may be empty."),
            role=text("The owner answers asks.", "owner", "member"),
            joined_at=moment("When they came."),
            you=yes_no("Whether it is the person of this export."),
        )
    ),
    invitations=many(
        record(
            "An invitation that nobody has answered; told to the owner alone.",
            ref=text("Its identifier."),
            email=text("To whom it was sent."),
            created_at=moment("When it was sent."),
            expires_at=moment("Until when it works."),
        )
    ),
)
ARCHIVE = record(
    "The archive that the person last asked for; not its files.",
    ref=text("Its identifier."),
    state=text("How far it is.", *Archive.State.values),
    files=whole("How many files there were to take."),
    files_done=whole("How many were taken."),
    size=whole("Bytes so far."),
    left_out=many(record("A file that couldn't be taken.", path=text("Which."), why=text("Why.", "gone", "damaged"))),
    created_at=moment("When it was asked for."),
    ready_at=maybe(moment("When it was made.")),
    expires_at=maybe(moment("When it is deleted.")),
)


def everything(*, account: Account) -> dict[str, Any]:
    """Everything held about a resident, by room, made of JSON types and datetimes; see `schema`.

    The rooms add their parts through `registry.on_export`. Of the other people of the household only name
    and role are in it. Raises NotFound for anyone but a resident.
    """
    if account.kind != Account.Kind.RESIDENT:
        raise NotFound
    household = access.household_of(account)
    owned = household if household is not None and access.is_owner(account, household) else None
    parts = {name: tell(account, owned) for name, tell in sorted(registry.exports.items())}
    return {
        "schema": schema_address(),
        "exported_at": source.now(),
        "account": _account(account),
        "household": None if household is None else _describe(household, account),
        "archive": _archive(account),
        "browsers": [
            {
                "ref": one.ref,
                "name": one.name,
                "signed_in": bool(one.session_key),
                "first_seen_at": one.first_seen_at,
                "last_seen_at": one.last_seen_at,
            }
            for one in account.browsers.order_by("first_seen_at", "pk")
        ],
        "email_change": _email_change(account),
        "keys": _keys(account),
        "staff_saw": [
            {"who": one.who, "what": one.what, "at": one.at} for one in account.glances.order_by("at", "pk")
        ],
        "erasures": [
            {"ref": one.ref, "created_at": one.created_at, "receipt": one.receipt}
            for one in account.erasures.order_by("created_at", "pk")
        ],
        **parts,
    }


def schema_address() -> str:
    """Where the schema is published."""
    return settings.SITE_URL + SCHEMA_PATH


def schema() -> Schema:
    """The JSON Schema of `everything`, all rooms' parts in it."""
    told = record(
        "Everything that an instance of Goodfences holds about one person.",
        schema=text("Where this schema is published."),
        exported_at=moment("As of when."),
        account=ACCOUNT,
        household=maybe(HOUSEHOLD),
        archive=maybe(ARCHIVE),
        browsers=many(
            record(
                "A browser in which the person signed in.",
                ref=text("Its identifier."),
                name=text("What it says it is."),
                signed_in=yes_no("Whether it still is."),
                first_seen_at=moment("When it was first used."),
                last_seen_at=moment("When it was last used, to the hour."),
            )
        ),
        email_change=maybe(
            record(
                "Another address that the person asked to sign in with.",
                ref=text("Its identifier."),
                new_email=text("Which."),
                created_at=moment("When."),
                expires_at=moment("Until when both addresses can say yes."),
                old_said_yes_at=maybe(moment("When the present address did.")),
                new_said_yes_at=maybe(moment("When the new one did.")),
            )
        ),
        keys=many(
            record(
                "A passkey, the codes of an app, or recovery codes. What is secret of them isn't in it.",
                type=text("Which of them.", "webauthn", "totp", "recovery_codes"),
                name=text("What the person calls it; empty for others than passkeys."),
                created_at=moment("When it was added."),
                last_used_at=maybe(moment("When it was last used.")),
            )
        ),
        staff_saw=many(
            record(
                "What somebody of the staff saw or did of the person.",
                who=text("Who."),
                what=text("An email that was counted as sent, or sent again.", "mail-sent", "mail-again"),
                at=moment("When."),
            )
        ),
        erasures=many(
            record(
                "A camera or a span of time that was erased.",
                ref=text("Its identifier."),
                created_at=moment("When."),
                receipt=free("The signed receipt (docs/residents.md)."),
            )
        ),
        **{name: dict(registry.schemas.get(name, {})) for name in sorted(registry.exports)},
    )
    return {"$schema": DIALECT, "$id": schema_address(), "title": "Goodfences export, version 1", **told}


def _account(account: Account) -> dict[str, Any]:
    return {
        "email": account.email,
        "kind": account.kind,
        "name": account.name,
        "language": account.language,
        "time_zone": account.time_zone,
        "written_to": {
            name: "" if chosen is None else chosen.isoformat()
            for name, chosen in asdict(hours_of(account)).items()
            if name != "time_zone"
        },
        "setting_up": _setting_up(account),
        "created_at": account.created_at,
        "last_login": account.last_login,
    }


def _setting_up(account: Account) -> dict[str, Any]:
    found = SettingUp.objects.filter(account=account).first() or SettingUp()
    return {"passed": found.passed, "finished_at": found.finished_at}


def _email_change(account: Account) -> dict[str, Any] | None:
    change = EmailChange.objects.filter(account=account).first()
    names = ("ref", "new_email", "created_at", "expires_at", "old_said_yes_at", "new_said_yes_at")
    return None if change is None else {name: getattr(change, name) for name in names}


def _keys(account: Account) -> list[dict[str, Any]]:
    return [
        {
            "type": key.type,
            "name": key.data.get("name", ""),
            "created_at": key.created_at,
            "last_used_at": key.last_used_at,
        }
        for key in Authenticator.objects.filter(user=account).order_by("created_at", "pk")
    ]


def _archive(account: Account) -> dict[str, Any] | None:
    archive = Archive.objects.filter(account=account).first()
    if archive is None:
        return None
    return {
        "ref": archive.ref,
        "state": archive.state,
        "files": archive.files,
        "files_done": archive.files_done,
        "size": archive.size,
        "left_out": archive.left_out,
        "created_at": archive.created_at,
        "ready_at": archive.ready_at,
        "expires_at": archive.expires_at,
    }


def _describe(household: Household, account: Account) -> dict[str, Any]:
    members = household.memberships.select_related("account").order_by("joined_at", "pk")
    return {
        "ref": household.ref,
        "name": household.name,
        "cell": str(household.cell),
        "created_at": household.created_at,
        "people": [
            {
                "ref": one.ref,
                "name": one.account.name,
                "role": one.role,
                "joined_at": one.joined_at,
                "you": one.account_id == account.pk,
            }
            for one in members
        ],
        "invitations": [
            {"ref": one.ref, "email": one.email, "created_at": one.created_at, "expires_at": one.expires_at}
            for one in household.invitations.order_by("pk")
        ]
        if access.is_owner(account, household)
        else [],
    }
