"""Who comes in: operators to the instance's pages, moderators to theirs. Nothing here shows footage."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from goodfences.agencies import access
from goodfences.errors import NotFound
from goodfences.people.models import Account

View = Callable[..., HttpResponse]


def operator(view: View) -> View:
    """Give `view(request, ...)` to operators. Others who are signed in find no such page."""
    return _guarded(view, access.require_operator)


def moderator(view: View) -> View:
    """Give `view(request, ...)` to moderators. Others who are signed in find no such page."""
    return _guarded(view, _require_moderator)


def _require_moderator(account: Any) -> None:
    if account.kind != Account.Kind.MODERATOR:
        raise NotFound


def _guarded(view: View, require: Callable[[Any], None]) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        require(request.user)
        return view(request, *args, **kwargs)

    return guarded
