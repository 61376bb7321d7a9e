"""What validation says, put into the reader's language.

Validation speaks to whoever writes a bundle, in short English; the studio speaks to administrators. Each
reason is recognised by its pattern, holes in braces. What is not recognised is said as it stands.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

# As validation writes it → as the studio says it.
REASONS: tuple[tuple[str, _StrPromise], ...] = (
    ("has no English text (en)", _("The English text is missing.")),
    ("is missing", _("This is not filled in.")),
    ("is missing or empty", _("This is not filled in.")),
    ("must be a text that is not empty", _("This is not filled in.")),
    ("must be a mapping with at least one entry", _("At least one entry is needed.")),
    ("has no steps", _("The form needs at least one step.")),
    ("has no fields", _("At least one question is needed.")),
    ("is unknown here", _("This property does not exist here.")),
    ("must be a mapping, not nothing", _("This is not filled in.")),
    ("must be a mapping, not {other}", _("This must have parts with names.")),
    ("must be a list, not {other}", _("This must be a list.")),
    ("must be text, not {other}", _("This must be text.")),
    ("must be a whole number, not {other}", _("This must be a whole number.")),
    ("must be true or false, not {other}", _("This must be yes or no.")),
    ("must be {kind}, not {other}", _("This has the wrong shape: it must be %(kind)s.")),
    ("must look like {example}", _("Must be written like %(example)s.")),
    ("must be a path like {example}", _("Must be written like %(example)s.")),
    (
        "is “{value}”, must be one of: {allowed}",
        _("“%(value)s” is not possible here. Possible: %(allowed)s."),
    ),
    (
        "has “{value}”, must be among: {allowed}",
        _("“%(value)s” is not possible here. Possible: %(allowed)s."),
    ),
    (
        "has {n} characters, at most {most} are allowed",
        _("Has %(n)s characters; at most %(most)s are allowed."),
    ),
    (
        "must be lower-case letters, digits and single _, beginning with a letter, at most 60",
        _("A key has small letters without accents, digits and single _, and begins with a letter."),
    ),
    (
        "has a name that is not lower-case letters, digits and _",
        _("A key has small letters without accents, digits and single _, and begins with a letter."),
    ),
    ("“{key}” is used twice", _("The key “%(key)s” is used twice.")),
    (
        "“{key}” is used twice, or is a name that expressions have",
        _("The key “%(key)s” is used twice, or is a word of the rules."),
    ),
    (
        "“{key}” is a name that expressions already have",
        _("“%(key)s” is a word of the rules; choose another key."),
    ),
    (
        "is reserved for the step that is made of the papers",
        _("This key belongs to the step that is made of the papers; choose another."),
    ),
    ("does not belong to {what}", _("This does not belong to %(what)s.")),
    (
        "“{key}” is no question for a file among the fields of the result",
        _("“%(key)s” is no question for a file that the officers answer."),
    ),
    (
        "is copied into the paper: it must be required, and one file",
        _("Its pages are copied into the paper, so it must be required, and one file."),
    ),
    (
        "must hold copied_sha256, so that what is copied is signed too",
        _("The data must hold copied_sha256, so that what is copied is signed too."),
    ),
    # Rules
    (
        "refers to “{name}”, which does not exist here; it may look at what is asked before it",
        _("The rule looks at “%(name)s”, which is not asked before this. Move it, or correct the name."),
    ),
    (
        "refers to “{name}”, which does not exist here",
        _("The rule looks at “%(name)s”, which does not exist."),
    ),
    (
        "calls “{name}()”, which does not exist; it may look at what is asked before it",
        _("The rule uses “%(name)s”, which does not exist."),
    ),
    ("calls “{name}()”, which does not exist", _("The rule uses “%(name)s”, which does not exist.")),
    ("is not an expression: {why}", _("The rule cannot be read: %(why)s.")),
    (
        "uses more than {most} of all/exists/map/filter",
        _("The rule goes through lists more than %(most)s times."),
    ),
    (
        "mentions conditions that mention others more than {most} times over",
        _("The conditions mention each other more than %(most)s times over."),
    ),
    ("leads back to itself: {circle}", _("The condition leads back to itself: %(circle)s.")),
    # Questions
    ("needs either options or list", _("A choice needs answers: its own, or a code list.")),
    ("must be at least 1, like max_mb", _("Must be at least 1.")),
    ("must be between {low} and {high}", _("Must be between %(low)s and %(high)s.")),
    ("must be from {low} to {high}", _("Must be between %(low)s and %(high)s.")),
    ("must not be less than min", _("The greatest value is less than the least.")),
    (
        "must be a number of rows up to {most}, not below min",
        _("Must be a number of rows up to %(most)s, and not less than the least."),
    ),
    (
        "may be neither a group nor a file, nor computed, nor prefilled",
        _("A question of a repeated group can be no group, no file, not computed and not filled in."),
    ),
    ("“{key}” is not a field of this step", _("“%(key)s” is not a question of this step.")),
    ("“{key}” is not a field of this form", _("“%(key)s” is not a question of this form.")),
    ("“{key}” is not a field of the form", _("“%(key)s” is not a question of the form.")),
    # Papers and reuse
    ("“{key}” is not among the papers", _("“%(key)s” is not among the papers.")),
    (
        "{type} is not among what the paper “{paper}” accepts",
        _("The paper “%(paper)s” does not accept %(type)s."),
    ),
    ("the register {register} holds no “{claim}”", _("The register %(register)s holds no “%(claim)s”.")),
    ("{type} holds no claim “{claim}”", _("The result %(type)s holds no “%(claim)s”.")),
    (
        "“{key}” cannot be filled: it is computed, a file or a group",
        _("“%(key)s” cannot be filled in: it is computed, a file or a group."),
    ),
    # Fees, time, stages
    (
        "gives {value}, must give a whole number of 0 or more",
        _("Gives %(value)s; a fee must be a whole number of đồng, 0 or more."),
    ),
    ("stands beside unit_amount; a fee has one of the two", _("A fee has either an amount or tiers.")),
    ("never stands alone", _("“Never” leaves no room for another case beside it.")),
    ("is missing; a fee has it, or tiers", _("The fee has no amount.")),
    ("must be given for every step but the last", _("Every tier but the last needs an end.")),
    (
        "must be more than {last}, where the step before ends",
        _("Must be more than %(last)s, where the tier before ends."),
    ),
    (
        "must be from 1 to 400, and 0 with same_day alone",
        _("The time must be between 1 and 400; “the same day” has no number."),
    ),
    (
        "partial needs a level_reason, full has none (NĐ 224/2026)",
        _("A procedure that is only partly online needs the reason; a fully online one has none."),
    ),
    (
        "the shares sum to {total}, they must sum to 100",
        _("The shares of the stages sum to %(total)s %%; they must sum to 100 %%."),
    ),
    (
        "the last stage, and no other, must be the clerk’s",
        _("The clerk numbers and seals last: the last stage, and no other, is the clerk’s."),
    ),
    (
        "“{role}” does not process dossiers; handler, leader or clerk do",
        _("“%(role)s” does not process dossiers; handlers, leaders and clerks do."),
    ),
    # Test tables, samples, what officers fill in
    ("“{key}” is not a field of the result", _("“%(key)s” is not filled in by officers.")),
    ("“{key}” is not a step of the form", _("“%(key)s” is not a step of the form.")),
    ("“{key}” is not a field or step of the form", _("“%(key)s” is not a question or step of the form.")),
    ("“{key}” is not known of applicants", _("“%(key)s” is not known of applicants.")),
    ("“{key}” is not in the result’s data", _("“%(key)s” is not among the data in the result.")),
    ("“{key}” is filled in at no stage", _("“%(key)s” is filled in at no stage.")),
    (
        "“{key}” is a field; a condition needs a name of its own",
        _("“%(key)s” is a question already; choose another name for the condition."),
    ),
    (
        "says {said}, the fee comes to {amount} đồng",
        _("The example says %(said)s đồng; the fee comes to %(amount)s đồng."),
    ),
    (
        "leaves open what the fee depends on; give every answer it looks at",
        _("The example leaves open what the fee depends on; give every answer that it looks at."),
    ),
    (
        "must give `today`, which the fee depends on, like “{day}”",
        _("The example must give the day, which the fee depends on, like “%(day)s”."),
    ),
    (
        "makes “{text}” give something else than a whole number of đồng",
        _("In this example “%(text)s” gives no whole number of đồng."),
    ),
    (
        "must map at least one field to a path in the claims",
        _("At least one question must be filled in from the paper."),
    ),
    ("{file} is also in {other}", _("%(file)s is also in %(other)s.")),
    # Bundles
    (
        "is {n}, newer than this program, which reads 1 to {most}",
        _("The bundle has format %(n)s; this portal reads up to format %(most)s."),
    ),
    ("must be {value}", _("Must be %(value)s.")),
    # Rules that cost too much, or hide something
    (
        "binds “{name}”, which the condition “{condition}” looks at; name it otherwise",
        _("“%(name)s” is also what the condition “%(condition)s” looks at; name it otherwise."),
    ),
    (
        "has {n} characters with its conditions written out, at most {most} are allowed",
        _("Has %(n)s characters with its conditions written out; at most %(most)s are allowed."),
    ),
    (
        "may take {n} steps to evaluate, of {whole} for the whole definition; at most {most} are allowed. "
        "Nest fewer lists and repetitions",
        _("The rule may take %(n)s steps; at most %(most)s are allowed. Use fewer lists inside lists."),
    ),
    (
        "is not a regular expression (RE2 syntax, no look-around)",
        _("The pattern is no regular expression (RE2 syntax)."),
    ),
    (
        "repeats repetitions so often that it takes too long to make",
        _("The pattern repeats repetitions too often."),
    ),
    # Stages
    ("is missing; a stage has either share (per cent) or hours", _("The stage has no time of its own.")),
    (
        "has share where others have hours; all need the same",
        _("All stages need the same: either shares or hours."),
    ),
    (
        "the hours sum to {total}, they must sum to {whole}, the statutory time",
        _("The hours of the stages sum to %(total)s; the statutory time has %(whole)s."),
    ),
    (
        "a time in calendar days has no working hours; give each stage a share",
        _("A time in calendar days has no working hours; give each stage a share."),
    ),
    (
        "the leader’s stage, and no other of the leader’s, must come right before the clerk’s",
        _("The leader signs once, right before the clerk numbers: the last stage but one is the leader’s."),
    ),
    ("only a handler’s stage may be left out", _("Only a handler’s stage may be left out.")),
    (
        "one handler’s stage must always apply: somebody has to examine the dossier",
        _("One handler’s stage must always apply: somebody has to examine the dossier."),
    ),
    (
        "the clerk fills nothing in: the leader has signed it",
        _("The clerk fills nothing in: the leader has signed it."),
    ),
    # Result
    ("there is no {template}", _("There is no template of this name.")),
    ("must hold {seq}", _("The number must hold {seq}, the running number.")),
    (
        "may hold {{seq}}, {{year}} and {{symbol}} only, like {example}",
        _("The number may hold {seq}, {year} and {symbol} only."),
    ),
)
_HOLE = re.compile(r"\\\{(\w+)\\\}")


def in_words(reason: str) -> str:
    """The reason in the active language."""
    for pattern, text in _patterns():
        if found := pattern.fullmatch(reason):
            return str(text) % found.groupdict() if found.groupdict() else str(text).replace("%%", "%")
    return reason[:1].upper() + reason[1:]


@functools.cache
def _patterns() -> tuple[tuple[re.Pattern[str], _StrPromise], ...]:
    """More specific ones first: those with more fixed text."""
    ordered = sorted(REASONS, key=lambda row: -len(re.sub(r"\{\w+\}", "", row[0])))
    return tuple((_compiled(template), text) for template, text in ordered)


def _compiled(template: str) -> re.Pattern[str]:
    literal = template.replace("{{", "\0").replace("}}", "\1")
    if "seq}" in template:  # the reason itself holds braces
        literal = re.sub(r"\{seq\}", "\0seq\1", literal)
    pattern = _HOLE.sub(r"(?P<\1>.+)", re.escape(literal))
    return re.compile(pattern.replace("\0", r"\{").replace("\1", r"\}"), re.DOTALL)
