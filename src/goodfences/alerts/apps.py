from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "goodfences.alerts"
    label = "alerts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from goodfences.alerts import described, leaving, news, spreading
        from goodfences.people import registry
        from goodfences.push import hooks

        spreading.listen()
        hooks.on_is_news("post", news.post)
        hooks.on_is_news("warning", news.warning)
        hooks.on_is_news("over", news.over)
        registry.on_export("alerts", leaving.export, described.ALERTS)
