from django.apps import AppConfig


class FeedConfig(AppConfig):
    name = "goodfences.feed"
    label = "feed"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from goodfences.feed import described, leaving
        from goodfences.people import registry

        registry.on_export("feed", leaving.export, described.FEED)
        registry.on_export_files("feed", leaving.count_pictures, leaving.pictures)
        registry.on_erase(leaving.erase)
