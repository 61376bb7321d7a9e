from django.apps import AppConfig


class DossiersConfig(AppConfig):
    name = "procedures.dossiers"
    label = "dossiers"

    def ready(self) -> None:
        from payments import signals  # noqa: PLC0415 - models are ready only now
        from procedures.dossiers import money  # noqa: PLC0415

        signals.charge_settled.connect(money.on_settled, dispatch_uid="dossiers.settled")
