"""manage.py procedures import|export|lint|list"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from procedures.definitions import bundles
from procedures.definitions.models import ProcedureVersion, VersionState
from procedures.definitions.sources import Source

MAX_VALUE = 100


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_VALUE else f"{text[: MAX_VALUE - 1]}…"


class Command(BaseCommand):
    help = "Reads procedures from bundles, writes them to bundles, checks bundles, lists what is there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        for name, words in (
            ("import", "all of the bundles, or none"),
            ("lint", "say what is wrong with bundles"),
        ):
            action = actions.add_parser(name, help=words)
            action.add_argument(
                "paths", nargs="*", type=Path, default=[bundles.FOLDER], help="files or folders"
            )
            if name == "import":
                action.add_argument("--publish", action="store_true", help="put them in force at once")
                action.add_argument("--dry-run", action="store_true", help="only say what would change")
        export = actions.add_parser("export", help="write the bundle of a procedure")
        export.add_argument("codes", nargs="*", help="none: all that are in force")
        export.add_argument("--draft", action="store_true", help="the draft instead of the version in force")
        export.add_argument(
            "--output", type=Path, help="a folder, one <code>.yaml each; otherwise to the screen"
        )
        actions.add_parser("list", help="every procedure with its versions")

    def handle(self, *_args: Any, action: str, **options: Any) -> None:
        """Exit code 1 and nothing changed when anything is wrong."""
        getattr(self, f"_{action}")(**options)

    def _import(self, *, paths: list[Path], publish: bool, dry_run: bool, **_options: Any) -> None:
        found = self._read(paths)
        if dry_run:
            self._compare(found)
            return
        versions = bundles.import_all(found, by=None, at=timezone.now(), publish=publish)
        for definition, version in zip(found, versions, strict=True):
            self.stdout.write(f"{definition['code']}  v{version.number}  {version.state}  {version.name_vi}")

    def _compare(self, found: list[Source]) -> None:
        """Each bundle with its differences from what is there, one line each."""
        for definition in found:
            kind, differences = bundles.compare(definition)
            self.stdout.write(f"{definition['code']}  {kind}  {definition['name']['vi']}")
            for each in differences:
                told = " → ".join(_short(value) for value in (each.before, each.after) if value is not None)
                self.stdout.write(f"    {each.kind:<7}  {each.place}  ({each.label}): {told}")

    def _lint(self, *, paths: list[Path], **_options: Any) -> None:
        for definition in self._read(paths):
            self.stdout.write(f"{definition.name}: {definition['code']} is in order")

    def _export(self, *, codes: list[str], draft: bool, output: Path | None, **_options: Any) -> None:
        state = VersionState.DRAFT if draft else VersionState.PUBLISHED
        versions = ProcedureVersion.objects.filter(state=state).select_related("procedure")
        found = {version.procedure.code: version for version in versions.order_by("procedure__code")}
        if missing := set(codes) - found.keys():
            raise CommandError(
                f"Không có bản {state} của thủ tục · no {state} version of: {', '.join(sorted(missing))}"
            )
        for code in codes or found:
            self._write(code, bundles.export(found[code]), output)

    def _list(self, **_options: Any) -> None:
        versions = ProcedureVersion.objects.select_related("procedure").order_by("procedure__code", "number")
        for version in versions:
            self.stdout.write(
                f"{version.procedure.code}  v{version.number}  {version.state:<9}  {version.name_vi}"
            )

    def _read(self, paths: list[Path]) -> list[Source]:
        found, problems = bundles.read_all(paths)
        if problems:
            raise CommandError("\n".join(map(str, problems)))
        if not found:
            raise CommandError(f"Không có gói nào trong · no bundle in: {', '.join(map(str, paths))}")
        return found

    def _write(self, code: str, text: str, output: Path | None) -> None:
        if output is None:
            self.stdout.write(text)
            return
        output.mkdir(parents=True, exist_ok=True)
        (output / f"{code}.yaml").write_text(text, encoding="utf-8")
        self.stdout.write(str(output / f"{code}.yaml"))
