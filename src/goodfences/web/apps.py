from django.apps import AppConfig


class WebConfig(AppConfig):
    """What all wings share: base templates, middleware, template tags."""

    name = "goodfences.web"
    label = "web"

    def ready(self) -> None:
        from goodfences.web import browsers, confirmed, officer_sessions, resealing, second_factor

        confirmed.connect()
        browsers.connect()
        officer_sessions.connect()
        resealing.connect()
        second_factor.connect()
