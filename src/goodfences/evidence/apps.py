from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    name = "goodfences.evidence"
    label = "evidence"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from goodfences.evidence import received
        from goodfences.evidence.owner import leaving
        from goodfences.people import registry
        from goodfences.video_requests import actions

        registry.on_erase(leaving.erase)
        registry.on_export("shares", leaving.export)
        registry.on_export("wanted_parts", leaving.export_wanted)
        actions.count_videos_with(received.count)
