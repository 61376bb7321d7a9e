from django.apps import AppConfig


class ResultsConfig(AppConfig):
    name = "procedures.results"
    label = "results"
