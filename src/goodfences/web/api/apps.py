from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "goodfences.web.api"
    label = "web_api"
