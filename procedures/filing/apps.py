from django.apps import AppConfig


class FilingConfig(AppConfig):
    name = "procedures.filing"
    label = "filing"

    def ready(self) -> None:
        from procedures.definitions import start  # noqa: PLC0415 - models are ready only now
        from procedures.filing import drafts  # noqa: PLC0415

        if drafts.unfinished_address not in start.unfinished:
            start.unfinished.append(drafts.unfinished_address)
