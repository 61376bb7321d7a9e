"""What must be true of a draft before it may be published: a list of tasks, each with what is left to do.

Validation says whether a definition can run at all; the proofs here say whether it does what it promises:
nothing in it is unreachable or contradicts itself, fees come out, times add up, texts exist in both
languages, the result says what it must, and the sample dossiers come out as written down.
"""

from procedures.definitions.proofs.findings import Finding
from procedures.definitions.proofs.listing import State, Task, is_publishable, tasks

__all__ = ["Finding", "State", "Task", "is_publishable", "tasks"]
