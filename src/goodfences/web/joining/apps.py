from django.apps import AppConfig


class JoiningConfig(AppConfig):
    name = "goodfences.web.joining"
    label = "web_joining"
