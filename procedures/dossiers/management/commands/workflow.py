"""`manage.py workflow`: the workflow table as a diagram, on the screen or in a file that must not drift from it."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from procedures.dossiers import workflow

BEGIN, END = "<!-- workflow: written by manage.py workflow -->", "<!-- /workflow -->"


class Command(BaseCommand):
    help = (
        "Print the workflow as a Mermaid diagram, write it between a file's markers, or check the one there."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--write", type=Path, metavar="FILE")
        where.add_argument("--check", type=Path, metavar="FILE")

    def handle(self, *_args: Any, write: Path | None, check: Path | None, **_options: Any) -> None:
        if write:
            write.write_text(filled(write.read_text()))
        elif check and check.read_text() != filled(check.read_text()):
            raise CommandError(
                f"The diagram in {check} is not the table's: manage.py workflow --write {check}"
            )
        elif not check:
            self.stdout.write(workflow.diagram())


def filled(text: str) -> str:
    """`text` with the table's diagram between its markers. Raises `CommandError` without markers."""
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise CommandError(f"No place for the diagram: the file needs {BEGIN} and {END}.")
    return f"{before}{begin}\n```mermaid\n{workflow.diagram()}\n```\n{end}{after}"
