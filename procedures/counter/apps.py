from django.apps import AppConfig


class CounterConfig(AppConfig):
    name = "procedures.counter"
    label = "counter"
