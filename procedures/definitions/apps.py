from django.apps import AppConfig


class DefinitionsConfig(AppConfig):
    name = "procedures.definitions"
    label = "definitions"
