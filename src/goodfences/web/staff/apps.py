from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "goodfences.web.staff"
    label = "web_staff"
