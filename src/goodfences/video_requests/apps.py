from django.apps import AppConfig


class VideoRequestsConfig(AppConfig):
    name = "goodfences.video_requests"
    label = "video_requests"
    default_auto_field = "django.db.models.BigAutoField"
