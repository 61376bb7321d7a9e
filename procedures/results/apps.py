from django.apps import AppConfig


class ResultsConfig(AppConfig):
    name = "procedures.results"
    label = "results"

    def ready(self) -> None:
        from portal.documents import shares  # noqa: PLC0415 - models are ready only now
        from procedures.results import stated  # noqa: PLC0415

        if stated.of_paper not in shares.describers:
            shares.describers.append(stated.of_paper)
