from django.apps import AppConfig


class HealthConfig(AppConfig):
    name = "goodfences.health"
    label = "health"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from goodfences.health import described, queries
        from goodfences.people import registry

        registry.on_export("health", queries.export, described.HEALTH)
