from django.apps import AppConfig


class StudioConfig(AppConfig):
    name = "procedures.studio"
    label = "studio"
