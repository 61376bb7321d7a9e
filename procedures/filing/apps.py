from django.apps import AppConfig


class FilingConfig(AppConfig):
    name = "procedures.filing"
    label = "filing"
