from django.apps import AppConfig


class LinksConfig(AppConfig):
    name = "goodfences.links"
    label = "links"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from goodfences.links import described, leaving
        from goodfences.people import registry

        registry.on_erase_part(leaving.count_part, leaving.erase_part)
        registry.on_export("links", leaving.export, described.LINKS)
