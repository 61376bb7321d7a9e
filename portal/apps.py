from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"
    label = "portal"

    def ready(self) -> None:
        from portal import checks  # noqa: F401, PLC0415 - registers them, once the settings are read
