from django.apps import AppConfig


class DossiersConfig(AppConfig):
    name = "procedures.dossiers"
    label = "dossiers"

    def ready(self) -> None:
        from payments import signals, things  # noqa: PLC0415 - models are ready only now
        from procedures.dossiers import money, money_notices  # noqa: PLC0415

        signals.refund_changed.connect(money_notices.on_refund, dispatch_uid="dossiers.refund")
        signals.receipt_made.connect(money_notices.on_receipt, dispatch_uid="dossiers.receipt")
        signals.dispute_changed.connect(money_notices.on_dispute, dispatch_uid="dossiers.dispute")
        signals.charge_settled.connect(money.on_settled, dispatch_uid="dossiers.settled")
        signals.charge_waived.connect(money.on_waived, dispatch_uid="dossiers.waived")
        things.register("dossier", money.Dossiers())
