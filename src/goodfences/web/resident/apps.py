from django.apps import AppConfig


class ResidentConfig(AppConfig):
    name = "goodfences.web.resident"
    label = "web_resident"

    def ready(self) -> None:
        from goodfences.web.resident.views import notifications

        notifications.listen()
