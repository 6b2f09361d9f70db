"""Where a reader goes on to after an act or a choice."""

from __future__ import annotations

from django.utils.http import url_has_allowed_host_and_scheme


def path(given: str, *, otherwise: str) -> str:
    """The path of this instance that `given` is, with its query; else `otherwise`.

    A path begins with a slash: `redirect` takes what doesn't for the name of a view, and fails where there is none.
    """
    is_path = given.startswith("/") and url_has_allowed_host_and_scheme(given, allowed_hosts=None)
    return given if is_path else otherwise
