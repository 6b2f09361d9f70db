from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_out


class PortalConfig(AppConfig):
    name = "goodfences.web.portal"
    label = "web_portal"

    def ready(self) -> None:
        user_logged_out.connect(_signed_out, dispatch_uid="goodfences.provider")


def _signed_out(**given: Any) -> None:
    # What speaks with providers reads XML and signatures, which programs that sign nobody in needn't load.
    from goodfences.web.portal.provider import arrived

    arrived.signed_out(given["request"], given["user"])
