from django.apps import AppConfig


class RedactionConfig(AppConfig):
    name = "goodfences.redaction"
    label = "redaction"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from goodfences.people import registry
        from goodfences.redaction import described, leaving

        registry.on_erase(leaving.erase)
        registry.on_erase_part(leaving.count_part, leaving.erase_part)
        registry.on_export("redactions", leaving.export, described.REDACTIONS)
