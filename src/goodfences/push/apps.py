from django.apps import AppConfig


class PushConfig(AppConfig):
    name = "goodfences.push"
    label = "push"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from goodfences.clips.hooks import on_checked
        from goodfences.health.hooks import on_silent
        from goodfences.neighbor_requests.hooks import on_asked as on_neighbors_asked
        from goodfences.people import registry
        from goodfences.push import described, leaving, telling
        from goodfences.video_requests.hooks import on_asked

        on_checked(telling.tell_of_clip)
        on_asked(telling.tell_of_asks)
        on_neighbors_asked(telling.tell_of_neighbors_asks)
        on_silent(telling.tell_of_silence)
        registry.on_export("push", leaving.export, described.PUSH)
