from django.apps import AppConfig


class ModerationConfig(AppConfig):
    name = "goodfences.moderation"
    label = "moderation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from goodfences.feed import whom
        from goodfences.moderation import described, hidden_from, leaving, limits
        from goodfences.people import registry

        whom.before_writing(limits.check)
        whom.on_unseen(hidden_from.unseen_by)
        registry.on_export("moderation", leaving.export, described.MODERATION)
