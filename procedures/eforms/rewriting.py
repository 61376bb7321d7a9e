"""Renaming inside CEL: a name, a member of a group's rows, a value of a choice; nothing else is touched.

Works on tokens, not on compiled expressions: what is being written and does not compile yet is renamed too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from procedures.eforms.tokens import MACROS, Token, scan

# Judges the tokens (without spaces) around an index; the text to stand there instead, or None.
Judge = Callable[[Sequence[Token], int], str | None]


def rename(text: str, old: str, new: str) -> str:
    """The variable `old` becomes `new`, in label("old") too. Names that a macro binds are its own."""

    def judge(tokens: Sequence[Token], index: int) -> str | None:
        token = tokens[index]
        if token.kind == "string" and token.text[1:-1] == old and _called(tokens, index) == "label":
            return f"{token.text[0]}{new}{token.text[-1]}"
        return new if token.is_free and token.text == old else None

    return _rewritten(text, judge)


def rename_member(text: str, group: str, old: str, new: str) -> str:
    """`old` becomes `new` where it is looked up in a row of `group`: in a macro over it, or by index."""
    rows = {name for name, over in _bindings(_significant(text)) if over == group}

    def judge(tokens: Sequence[Token], index: int) -> str | None:
        is_member = tokens[index].kind == "name" and _text(tokens, index - 1) == "."
        if not is_member or tokens[index].text != old:
            return None
        of_row = _text(tokens, index - 2) in rows and _text(tokens, index - 3) != "."
        return new if of_row or _is_row(tokens, index - 2, group) else None

    return _rewritten(text, judge)


def rename_value(text: str, field: str, old: str, new: str) -> str:
    """The value `old` becomes `new` where it is compared with the choice `field`: ==, != and in."""

    def judge(tokens: Sequence[Token], index: int) -> str | None:
        token = tokens[index]
        if token.kind != "string" or token.text[1:-1] != old:
            return None
        return f"{token.text[0]}{new}{token.text[-1]}" if _compared(tokens, index, field) else None

    return _rewritten(text, judge)


def _rewritten(text: str, judge: Judge) -> str:
    tokens = scan(text)
    significant = [token for token in tokens if token.kind != "space"]
    out, index = [], 0
    for token in tokens:
        if token.kind == "space":
            out.append(token.text)
            continue
        out.append(judge(significant, index) or token.text)
        index += 1
    return "".join(out)


def _significant(text: str) -> list[Token]:
    return [token for token in scan(text) if token.kind != "space"]


def _text(tokens: Sequence[Token], index: int) -> str:
    return tokens[index].text if 0 <= index < len(tokens) else ""


def _called(tokens: Sequence[Token], index: int) -> str:
    """The function whose first argument stands at `index`."""
    return _text(tokens, index - 2) if _text(tokens, index - 1) == "(" else ""


def _bindings(tokens: Sequence[Token]) -> Iterator[tuple[str, str]]:
    """(name, what it runs over) of every macro: "m", "members" of members.all(m, …)."""
    for index, token in enumerate(tokens):
        is_macro = (
            token.text in MACROS and _text(tokens, index - 1) == "." and _text(tokens, index + 1) == "("
        )
        if is_macro and index + 2 < len(tokens) and _text(tokens, index + 3) == ",":
            yield tokens[index + 2].text, _over(tokens, index - 2)


def _over(tokens: Sequence[Token], index: int) -> str:
    """The name that ends at `index`, also inside given(…)."""
    is_given = _text(tokens, index) == ")" and _text(tokens, index - 3) == "given"
    return _text(tokens, index - 1 if is_given else index)


def _is_row(tokens: Sequence[Token], index: int, group: str) -> bool:
    """Whether group[…] ends at `index`."""
    if _text(tokens, index) != "]":
        return False
    opening = next((i for i in range(index, -1, -1) if tokens[i].text == "["), 0)
    return _text(tokens, opening - 1) == group


def _compared(tokens: Sequence[Token], index: int, field: str) -> bool:
    if _sign(tokens, index - 2) in ("==", "!="):
        return _is_variable(tokens, index - 3, field)
    if _sign(tokens, index + 1) in ("==", "!="):
        return _is_variable(tokens, index + 3, field)
    if _text(tokens, index + 1) == "in":
        is_given = _text(tokens, index + 2) == "given"
        return _is_variable(tokens, index + (4 if is_given else 2), field)
    opening = _list_around(tokens, index)
    return (
        opening is not None
        and _text(tokens, opening - 1) == "in"
        and _is_variable(tokens, opening - 2, field)
    )


def _sign(tokens: Sequence[Token], index: int) -> str:
    """Two characters: == and != are read one by one."""
    return _text(tokens, index) + _text(tokens, index + 1)


def _is_variable(tokens: Sequence[Token], index: int, name: str) -> bool:
    """A free variable, and not only the beginning or the end of a longer path."""
    found = tokens[index] if 0 <= index < len(tokens) else None
    return bool(found and found.is_free and found.text == name and _text(tokens, index + 1) != ".")


def _list_around(tokens: Sequence[Token], index: int) -> int | None:
    """Where the [ stands of the list literal that the text at `index` belongs to."""
    for i in range(index - 1, -1, -1):
        if tokens[i].text == "[":
            return i
        if tokens[i].kind != "string" and tokens[i].text != ",":
            return None
    return None
