"""Anymail's backends with one thing added: word of the moment before anything of a message leaves this machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from anymail.exceptions import AnymailAPIError
from django.conf import settings
from django.utils.module_loading import import_string
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from goodfences.mail.providers import Provider

_CONNECT_SECONDS, _ANSWER_SECONDS = 10, 60


class NeverLeft(Exception):
    """No connection came about: the provider has nothing of the message."""


class NotTaken(Exception):
    """`leaving` was called, and then no connection came about after all."""


class Door(Protocol):
    """One way to a provider."""

    def send(self, mail: Any, leaving: Callable[[], None]) -> None:
        """Send `mail`, calling `leaving` before its first byte leaves.

        Raises NeverLeft, in which case `leaving` was not called, NotTaken, or Anymail's errors.
        """

    def close(self) -> None:
        """Hang up."""


def open_door(provider: Provider) -> Door:
    """A way to the provider, with the instance's key and, where MAIL_PROVIDER_URL says so, another address."""
    return _AwsDoor(provider) if provider.module == "amazon_ses" else _HttpDoor(provider)


class _Bell:
    """Rings once a message is about to leave."""

    def __init__(self) -> None:
        self._leaving: Callable[[], None] = lambda: None
        self.rung = False

    def hang(self, leaving: Callable[[], None]) -> None:
        self._leaving, self.rung = leaving, False

    def ring(self) -> None:
        self._leaving()
        self.rung = True


class _HttpDoor:
    """By requests, over one connection that is kept while there is work."""

    def __init__(self, provider: Provider) -> None:
        options: dict[str, Any] = {provider.secret: settings.MAIL_PROVIDER_SECRET}
        if settings.MAIL_PROVIDER_URL:
            options["api_url"] = settings.MAIL_PROVIDER_URL
        self._bell = _Bell()
        self._backend = import_string(provider.backend)(timeout=(_CONNECT_SECONDS, _ANSWER_SECONDS), **options)
        self._backend.open()
        # A redirect would hand message and key to somebody else.
        self._backend.session.max_redirects = 0
        for scheme in ("http://", "https://"):
            self._backend.session.mount(scheme, _RingingAdapter(self._bell))

    def send(self, mail: Any, leaving: Callable[[], None]) -> None:
        self._bell.hang(leaving)
        try:
            self._backend.send_messages([mail])
        except AnymailAPIError as error:
            if not self._bell.rung:
                raise NeverLeft(type(error.__cause__ or error).__name__) from error
            raise

    def close(self) -> None:
        self._backend.close()


class _RingingAdapter(HTTPAdapter):
    """Rings once a connection stands and before a request's first byte. Never sends anything twice."""

    def __init__(self, bell: _Bell) -> None:
        self._pools = _ringing_pools(bell)
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _ringing_pools(bell: _Bell) -> dict[str, Any]:
    class Plain(HTTPConnection):
        def endheaders(self, *args: Any, **kwargs: Any) -> None:
            if self.sock is None:
                self.connect()
            bell.ring()
            super().endheaders(*args, **kwargs)

    class Secure(HTTPSConnection):
        def endheaders(self, *args: Any, **kwargs: Any) -> None:
            if self.sock is None:
                self.connect()
            bell.ring()
            super().endheaders(*args, **kwargs)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


class _AwsDoor:
    """By boto3. Its repeats are switched off: the client's own default is to send again after a lost answer."""

    def __init__(self, provider: Provider) -> None:
        config = {
            "retries": {"total_max_attempts": 1, "mode": "standard"},
            "connect_timeout": _CONNECT_SECONDS,
            "read_timeout": _ANSWER_SECONDS,
        }
        options: dict[str, Any] = {"config": config}
        if settings.MAIL_PROVIDER_URL:
            options["endpoint_url"] = settings.MAIL_PROVIDER_URL
        self._bell = _Bell()
        self._backend = import_string(provider.backend)(client_params=options)
        self._backend.open()
        self._backend.client.meta.events.register("before-send.sesv2", self._ring)

    def send(self, mail: Any, leaving: Callable[[], None]) -> None:
        from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError

        self._bell.hang(leaving)
        try:
            self._backend.send_messages([mail])
        except AnymailAPIError as error:
            if not self._bell.rung:
                raise NeverLeft(type(error.__cause__ or error).__name__) from error
            # boto3 connects after its last hook.
            if isinstance(error.__cause__, (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError)):
                raise NotTaken(type(error.__cause__).__name__) from error
            raise

    def close(self) -> None:
        self._backend.close()

    def _ring(self, **_about: Any) -> None:
        self._bell.ring()
