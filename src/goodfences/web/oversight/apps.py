from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "goodfences.web.oversight"
    label = "web_oversight"
