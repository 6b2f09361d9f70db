from django.apps import AppConfig


class OfficersConfig(AppConfig):
    name = "goodfences.officers"
    label = "officers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from goodfences import boxes
        from goodfences.agencies import actions
        from goodfences.officers import letters, providers

        actions.when_invited(letters.invite)
        boxes.kept.append(providers.seal_secrets_anew)
