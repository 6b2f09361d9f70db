from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "goodfences.mail"
    label = "mail"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from goodfences.mail import events

        events.listen()
