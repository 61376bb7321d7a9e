"""The program that reads one stranger's PDF: `python -I …/inspection ROOTS TSA_ROOTS`, the file on its input.

It knows neither the project nor its environment; what it finds is its output, as JSON.
"""

import importlib
import json
import resource
import sys
from dataclasses import asdict
from pathlib import Path

# A folder that is run stands first on the path; as a package it is found in the one above, and nothing else there is.
sys.path[0] = str(Path(__file__).parent.parent)
inspection = importlib.import_module("inspection")
del sys.path[0]


def main(roots: Path, stamp_roots: Path) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (inspection.MEMORY_BYTES, inspection.MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (inspection.CPU_SECONDS, inspection.CPU_SECONDS))
    pdf = sys.stdin.buffer.read()
    facts = inspection.inspect(pdf, roots.read_bytes(), stamp_roots=stamp_roots.read_bytes())
    sys.stdout.write(json.dumps(asdict(facts)))


main(Path(sys.argv[1]), Path(sys.argv[2]))
