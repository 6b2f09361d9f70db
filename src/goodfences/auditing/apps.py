from django.apps import AppConfig


class AuditingConfig(AppConfig):
    name = "goodfences.auditing"
    label = "auditing"
    default_auto_field = "django.db.models.BigAutoField"
