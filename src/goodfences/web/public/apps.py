from django.apps import AppConfig


class PublicConfig(AppConfig):
    name = "goodfences.web.public"
    label = "web_public"
