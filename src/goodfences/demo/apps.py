from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured


class DemoConfig(AppConfig):
    """The demo town. Refuses to load anywhere but in demo mode."""

    name = "goodfences.demo"
    label = "demo"

    def ready(self) -> None:
        from django.conf import settings

        if not settings.DEMO:
            raise ImproperlyConfigured("goodfences.demo runs in demo mode only (GOODFENCES_DEMO=1).")
