from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "portal.documents"
    label = "documents"

    def ready(self) -> None:
        from portal.documents import sites  # noqa: F401, PLC0415 - registers its check of the settings
