from django.apps import AppConfig


class LegalDemandsConfig(AppConfig):
    name = "goodfences.legal_demands"
    label = "legal_demands"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from goodfences.legal_demands import leaving, telling
        from goodfences.mail.hooks import on_sent
        from goodfences.people import registry

        on_sent(telling.TEMPLATE, telling.mark_sent)
        registry.on_export("legal_demands", leaving.export, leaving.DESCRIBED)
