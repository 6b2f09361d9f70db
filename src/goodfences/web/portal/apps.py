from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "goodfences.web.portal"
    label = "web_portal"
