from django.apps import AppConfig


class ResidentConfig(AppConfig):
    name = "goodfences.web.resident"
    label = "web_resident"
