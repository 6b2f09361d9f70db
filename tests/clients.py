"""A test's client has its middleware loaded once a process.

Loading takes 5 ms, in three of which WhiteNoise looks at every static file, and tests make clients by the ten
thousand. A server loads it once too, and answers everybody through it.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.test.client import ClientHandler

_LOADED = ("_view_middleware", "_template_response_middleware", "_exception_middleware", "_middleware_chain")
_READ_WHILE_LOADING = ("DEBUG", "SECURE_", "SESSION_", "STATIC", "WHITENOISE_")

_load = ClientHandler.load_middleware
_kept: dict[tuple[str, ...], dict[str, Any]] = {}


def load_once() -> None:
    """From now on, in this process."""
    ClientHandler.load_middleware = _give  # type: ignore[method-assign]
    setting_changed.connect(_forget)


def _give(handler: ClientHandler, is_async: bool = False) -> None:
    asked = tuple(settings.MIDDLEWARE)
    if asked not in _kept:
        _load(handler, is_async)
        _kept[asked] = {name: getattr(handler, name) for name in _LOADED}
    vars(handler).update(_kept[asked])


def _forget(*, setting: str, **_: Any) -> None:
    if setting.startswith(_READ_WHILE_LOADING):
        _kept.clear()
