from django.apps import AppConfig


class ClipsConfig(AppConfig):
    name = "goodfences.clips"
    label = "clips"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from goodfences.clips import described, leaving, retention, room, taking_along
        from goodfences.people import registry

        registry.on_erase(retention.forget_household)
        registry.on_erase_part(leaving.count, leaving.erase)
        registry.on_export("clips", retention.tell_household, described.CLIPS)
        registry.on_export_files("clips", taking_along.count, taking_along.files)
        registry.on_export("room", room.tell, described.ROOM)
