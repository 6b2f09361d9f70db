from django.apps import AppConfig


class ClipsConfig(AppConfig):
    name = "goodfences.clips"
    label = "clips"
    default_auto_field = "django.db.models.BigAutoField"
