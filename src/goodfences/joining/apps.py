from django.apps import AppConfig


class JoiningConfig(AppConfig):
    name = "goodfences.joining"
    label = "joining"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from goodfences.joining import described, leaving
        from goodfences.people import registry

        registry.on_export("remarks", leaving.export, described.REMARKS)
