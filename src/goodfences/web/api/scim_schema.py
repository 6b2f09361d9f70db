"""What our SCIM service says of people and of itself. Imported when asked for: a server starts without it."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from scim2_models import (
    URN,
    AuthenticationScheme,
    ChangePassword,
    ComplexAttribute,
    Context,
    ETag,
    Filter,
    Meta,
    Mutability,
    PatchOp,
    Required,
    Resource,
    ResourceType,
    ResponseParameters,
    SCIMException,
    ScimPolicy,
    SearchRequest,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)
from scim2_models import Bulk as Bulk
from scim2_models import Patch as Patch

from goodfences.agencies.models import Officer
from goodfences.officers.directory import Said

__all__ = [
    "POLICY",
    "Context",
    "PatchOp",
    "ResponseParameters",
    "SCIMException",
    "SearchRequest",
    "User",
    "config",
    "said_by",
    "schemas",
    "types",
    "user_of",
]


POLICY = ScimPolicy(unknown=ScimPolicy.Unknown.ignore, remove_value_as_filter=ScimPolicy.RemoveValue.apply)
"""Directories send more than we keep, and some remove as Microsoft's does."""


class Email(ComplexAttribute):
    value: Annotated[str | None, Required.true] = None
    """The address to which the invitation goes."""


class User(Resource[Any]):
    """One officer of the agency."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    display_name: str | None = None
    active: bool | None = None
    emails: Annotated[list[Email] | None, Required.true, Mutability.read_write] = None

    Emails: ClassVar[type[ComplexAttribute]] = Email


def user_of(officer: Officer, base: str) -> User:
    """An officer as their directory reads them: what it said of them itself, and whether they have access."""
    location = f"{base}/Users/{officer.ref}"
    return User(
        id=officer.ref,
        external_id=officer.external_id or None,
        user_name=officer.user_name or officer.address,
        display_name=officer.name or None,
        active=officer.active,
        emails=[Email(value=officer.address)],
        meta=Meta(resource_type="User", location=location, created=officer.created_at),
    )


def said_by(user: User, *, badge: str = "") -> Said:
    """What the directory said, in our words."""
    addresses = [one.value for one in user.emails or [] if one.value]
    return Said(
        user_name=(user.user_name or "").strip(),
        email=(addresses[0] if addresses else user.user_name or "").strip().lower(),
        name=(user.display_name or "").strip(),
        external_id=user.external_id or "",
        active=user.active is not False,
        badge=badge,
    )


def config(base: str) -> dict[str, Any]:
    """What the service can do."""
    return _dumped(
        ServiceProviderConfig(
            patch=Patch(supported=True),
            bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
            filter=Filter(supported=True, max_results=100),
            change_password=ChangePassword(supported=False),
            sort=Sort(supported=False),
            etag=ETag(supported=False),
            authentication_schemes=[
                AuthenticationScheme(
                    type=AuthenticationScheme.Type.oauthbearertoken,
                    name="Bearer",
                    description="A token that the agency's admin made",
                )
            ],
            meta=Meta(resource_type="ServiceProviderConfig", location=f"{base}/ServiceProviderConfig"),
        )
    )


def types(base: str) -> list[dict[str, Any]]:
    """The one type of resource."""
    one = ResourceType.from_resource(User)
    one.meta = Meta(resource_type="ResourceType", location=f"{base}/ResourceTypes/{one.id}")
    return [_dumped(one)]


def schemas(base: str) -> list[dict[str, Any]]:
    """What we keep of a user."""
    one = User.to_schema()
    one.meta = Meta(resource_type="Schema", location=f"{base}/Schemas/{one.id}")
    return [_dumped(one)]


def _dumped(one: Any) -> dict[str, Any]:
    dumped: dict[str, Any] = one.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    return dumped
