from django.apps import AppConfig


class VideoRequestsConfig(AppConfig):
    name = "goodfences.video_requests"
    label = "video_requests"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from goodfences.agencies.actions import when_suspended
        from goodfences.mail.hooks import on_sent
        from goodfences.people import registry
        from goodfences.video_requests import asks, described, digests, leaving, letters
        from goodfences.video_requests.actions import end_all_of

        when_suspended(end_all_of)
        on_sent(letters.TEMPLATE, asks.mark_sent)
        on_sent(digests.TEMPLATE, digests.mark_sent)
        registry.on_export("asks", leaving.export_asks, described.ASKS)
        registry.on_export("mutes", leaving.export_mutes, described.MUTES)
