"""Conditions as people make and read them: a tree of rows ⇄ CEL, and the sentence that says the same.

The door for pages: `parse` and `write` are each other's opposite; `words` never fails, whatever half-finished
thing it is given.
"""

from procedures.eforms.parsing import parse
from procedures.eforms.subjects import Subject, of_definition, of_form
from procedures.eforms.trees import Group, Ref, Relative, Rows, Rule, Tree, normalised, write
from procedures.eforms.wording import words

__all__ = [
    "Group",
    "Ref",
    "Relative",
    "Rows",
    "Rule",
    "Subject",
    "Tree",
    "normalised",
    "of_definition",
    "of_form",
    "parse",
    "words",
    "write",
]
