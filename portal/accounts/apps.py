from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save


class AccountsConfig(AppConfig):
    name = "portal.accounts"
    label = "accounts"

    def ready(self) -> None:
        # Models exist only now.
        from portal import calendars  # noqa: PLC0415

        for signal in (post_save, post_delete):
            signal.connect(
                calendars.forget, sender=self.get_model("CalendarDay"), dispatch_uid=f"calendar-{id(signal)}"
            )
