from django.apps import AppConfig


class CamerasConfig(AppConfig):
    name = "goodfences.cameras"
    label = "cameras"
    default_auto_field = "django.db.models.BigAutoField"
