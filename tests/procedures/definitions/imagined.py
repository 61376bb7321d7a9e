"""Definitions that nobody wrote: sound, random, and between them with every attribute that there is."""

from __future__ import annotations

import itertools
import unicodedata

from hypothesis import strategies as st

from procedures.definitions import parts
from procedures.eforms.schema import FieldType

# What YAML might take for something else, or for its own signs.
TRICKY = [
    "no",
    "1.10",
    "null",
    "true",
    "2026-08-15",
    "a: b",
    "- x",
    "# y",
    "'",
    '"',
    "&a *b",
    "{c}",
    "  x  ",
    "a\nb\n",
    "%",
]
WORDS = st.sampled_from(TRICKY) | st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), min_size=1, max_size=12
)
PLAIN = WORDS.map(lambda text: unicodedata.normalize("NFC", text))
TEXT = st.fixed_dictionaries({"vi": PLAIN, "en": PLAIN.filter(lambda text: text.strip())})
# True whenever `first` is "x".
CONDITION = st.sampled_from(['first == "x"', "is_x", "!(first != 'x')", "is_x && is_x_too"])
ANSWER = st.recursive(
    PLAIN | st.booleans() | st.integers(-(10**12), 10**12) | st.none(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(PLAIN, inner, max_size=2),
    max_leaves=3,
)
AMOUNT = st.integers(0, 10_000_000)
TYPE = "KQ.G15.000031"


class Drawing:
    """Optional parts are there at random, or all of them."""

    def __init__(self, draw, full):
        self.draw, self.full = draw, full

    def maybe(self, **strategies):
        return {
            key: self.draw(strategy)
            for key, strategy in strategies.items()
            if self.full or self.draw(st.booleans())
        }

    def some(self, make, most=2):
        return [make(n) for n in range(most if self.full else self.draw(st.integers(0, most)))]

    def check(self, field=None):
        level = st.sampled_from(["warning"] if self.full else ["warning", "error"])
        at = {} if field is None else self.maybe(field=st.just(field))
        return {"expression": self.draw(CONDITION), "message": self.draw(TEXT)} | self.maybe(level=level) | at

    def option(self, value):
        return {"value": value, "label": self.draw(TEXT)} | self.maybe(hint=TEXT, applies=CONDITION)

    def prefill(self, kind):
        return {
            "account": {"from": "account", "value": "applicant.full_name"},
            "registry": {"from": "registry", "registry": "population", "claim": "identity_paper.number"},
            "last_dossier": {"from": "last_dossier"},
        }[kind]

    def own(self, kind, key):
        """What only fields of this type have."""
        number = st.integers(0, 5)
        match kind:
            case "text":
                pattern = st.fixed_dictionaries({"regex": st.just("^[a-z]+$"), "message": TEXT})
                return self.maybe(max_length=st.integers(1, 199), pattern=pattern)
            case "long_text":
                return self.maybe(max_length=st.integers(1, 1999))
            case "integer" | "money":
                return self.maybe(min=number, max=st.integers(6, 10**9))
            case "date":
                return self.maybe(min=st.just('"1900-01-01"'), max=st.just("today"))
            case "choice" if self.draw(st.booleans()) and not self.full:
                return {"list": self.draw(st.sampled_from(["ethnic_groups", "relations"]))}
            case "choice":
                widget = st.sampled_from(["radio", "select", "search"])
                return {"options": [self.option("x"), self.option("y")]} | self.maybe(widget=widget)
            case "choices":
                return {"list": "provinces"}
            case "personal_id":
                return {"personal": self.maybe(sex=st.just("first"), date_of_birth=st.just("first"))}
            case "file":
                accept = st.just(["pdf"])
                return self.maybe(accept=accept, max_mb=st.integers(1, 9), max_files=st.integers(2, 5))
            case "group":
                rows = [self.field(f"{key}_{name}", "text", in_row=True) for name in ("a", "b")]
                return {"fields": rows} | self.maybe(min=st.integers(0, 2), max=st.integers(2, 50))
        return {}

    def field(self, key, kind, *, in_row=False):
        found = {"key": key, "type": kind, "label": self.draw(TEXT)} | self.own(kind, key)
        found |= self.maybe(hint=TEXT, required=st.just(False) | CONDITION, applies=CONDITION, purpose=TEXT)
        found |= self.maybe(origin=st.sampled_from(["person@1", "dia-chi@12"]), lock=st.just(True))
        if not in_row:
            order = st.permutations(["account", "registry", "last_dossier"])
            kinds = self.draw(order)[: 3 if self.full else self.draw(st.integers(0, 3))]
            prefill = [self.prefill(each) | self.maybe(applies=CONDITION) for each in kinds]
            found |= {"prefill": prefill} if prefill else {}
            found |= self.maybe(compute=st.just('first + "!"')) if kind == "text" else {}
        checks = self.some(lambda _n: self.check())
        return found | ({"checks": checks} if checks else {})

    def step(self, n):
        kinds = (
            list(FieldType)
            if self.full
            else self.draw(st.lists(st.sampled_from(list(FieldType)), min_size=1, max_size=5))
        )
        fields = [self.field(f"f{n}_{i}", str(kind)) for i, kind in enumerate(kinds)]
        if n == 0:
            options = [{"value": value, "label": self.draw(TEXT)} for value in "xyz"]
            fields.insert(0, {"key": "first", "type": "choice", "label": self.draw(TEXT), "options": options})
            fields.insert(1, {"key": "pages", "type": "integer", "label": self.draw(TEXT)})
        found = {"key": f"s{n}", "title": self.draw(TEXT), "fields": fields} | self.maybe(intro=TEXT)
        found |= self.maybe(applies=CONDITION) if n else {}
        checks = self.some(lambda _n: self.check(fields[0]["key"]))
        return found | ({"checks": checks} if checks else {})

    def paper(self, n):
        more = self.maybe(
            hint=TEXT,
            form=st.sampled_from(["copy", "electronic"]),
            required=st.just(False) | CONDITION,
            applies=CONDITION,
            accept=st.just(["jpg", "png"]),
            max_mb=st.integers(1, 9),
            max_files=st.integers(2, 5),
        )
        return {"key": f"paper{n}", "label": self.draw(TEXT), "accepts": [TYPE]} | more

    def reuse(self, n):
        found = {"key": f"reuse{n}", "type": TYPE, "paper": "paper0", "purpose": self.draw(TEXT)}
        found |= self.maybe(condition=st.just('claims.kind == "x"'), applies=CONDITION)
        found |= self.maybe(about=st.just("child.sex"), max_age_days=st.integers(1, 99))
        return found | {"fills": {"first": "child.sex"}}

    def fee(self, n):
        """With a test table that is right: the answers make every condition true."""
        unit, quantity, percent, counter = (
            self.draw(st.integers(*limits)) for limits in ((0, 9000), (1, 9), (1, 99), (0, 9000))
        )
        found = {
            "key": f"fee{n}",
            "kind": self.draw(st.sampled_from(["phi", "le_phi"])),
            "label": self.draw(TEXT),
        }
        if n % 2:
            steps = [{"upto": 2, "amount": unit}, {"amount": 10}]
            found["tiers"] = {"count": "pages", "steps": steps} | self.maybe(most=st.integers(1, 10**6))
            unit = min(unit * 2 + 30, found["tiers"].get("most", unit * 2 + 30))
        else:
            found["unit_amount"] = str(unit)
        found |= self.maybe(counter_amount=st.just(str(counter)), applies=CONDITION)
        found |= {"quantity": str(quantity), "basis": self.draw(TEXT)}
        found |= self.maybe(
            when=st.sampled_from(parts.FEE_TIMES[1:]),
            refunds=st.lists(st.sampled_from(parts.REFUND_CASES), unique=True, min_size=1, max_size=1),
        )
        exempt = {
            "applies": self.draw(CONDITION),
            "percent": percent,
            "label": self.draw(TEXT),
            "basis": self.draw(TEXT),
        }
        if exemptions := self.some(lambda _n: exempt, most=1):
            found["exemptions"] = exemptions
        percent = percent if exemptions else 0

        def example(channel):
            piece = int(found.get("counter_amount", unit)) if channel == "counter" else unit
            amount = piece * quantity - piece * quantity * percent // 100
            return {"given": {"first": "x", "pages": 5}, "channel": channel, "amount": amount}

        examples = self.some(lambda n: example(("online", "counter")[n]))
        return found | ({"examples": examples} if examples else {})

    def stages(self, weights, unit):
        kinds = st.sampled_from(["commune", "commune_police", "city"])
        silence = st.sampled_from(["agree", "wait"])
        asked = st.fixed_dictionaries({"kind": kinds, "days": st.integers(1, 9), "silence": silence})
        roles = (("a", "handler"), ("b", "handler"), ("c", "leader"), ("d", "clerk"))
        found = [
            {"key": key, "title": self.draw(TEXT), "role": role, unit: weight}
            for (key, role), weight in zip(roles, weights, strict=True)
        ]
        found[1] |= self.maybe(applies=CONDITION, fills=st.just(["noted"]) | st.just([]))
        for stage in found[:2]:
            stage |= self.maybe(consults=st.lists(asked, min_size=1, max_size=2))
        return found

    def result(self):
        found = {
            "type": TYPE,
            "name": self.draw(TEXT),
            "template": "birth_certificate",
            "symbol": self.draw(PLAIN),
        }
        found |= self.maybe(number=st.just("{seq:05d}-{year}"), validity_months=st.integers(1, 99))
        noted = self.field("noted", "text", in_row=True) | {"required": self.draw(st.booleans())}
        copied = self.maybe(copies=st.just("scan"))
        scan = {"key": "scan", "type": "file", "label": self.draw(TEXT), "max_files": 1}
        return found | {
            "fields": [noted, scan] if copied else [noted],
            "claims": {"child": {"sex": 'label("first")', "note": "noted"}}
            | ({"scan": "copied_sha256"} if copied else {}),
            **copied,
            "subject": "first",
            "statements": self.some(self.statement),
            **self.layout(),
        }

    def layout(self):
        said = self.maybe(size=st.just("A5"), orientation=st.just("landscape"))
        said |= self.maybe(html=PLAIN, english=PLAIN, css=PLAIN)
        return {"layout": said} if said else {}

    def statement(self, n):
        found = {"key": f"statement{n}", "label": self.draw(TEXT), "expression": "claims.child.sex"}
        return found | self.maybe(shows=st.just("reached"))

    def case(self, n):
        found = {"key": f"case{n}", "title": self.draw(TEXT)}
        found["answers"] = {"first": "x"} | self.maybe(pages=ANSWER)
        found |= self.maybe(
            channel=st.just("counter"),
            today=st.just("2026-11-21"),
            applicant=st.fixed_dictionaries({"sex": PLAIN}),
            outcome=st.fixed_dictionaries({"noted": ANSWER}),
        )
        if papers := self.some(lambda n: f"paper{n}", most=1):
            found["papers"] = papers
        claims = st.fixed_dictionaries({"child": st.fixed_dictionaries({"sex": PLAIN})})
        fails = st.just([]) | st.just(["first", "s0"])
        steps = st.just([]) | st.just(["s0"])
        expect = self.maybe(steps=steps, amount=AMOUNT, subject=PLAIN, claims=claims, fails=fails)
        return found | {"expect": expect}


@st.composite
def definitions(draw, *, full=False, unit=None):
    """`full`: with everything; `unit`: "share" or "hours"."""
    it = Drawing(draw, full)
    unit = unit or draw(st.sampled_from(["share", "hours"]))
    days = draw(st.integers(1, 40))
    cuts = sorted(
        draw(
            st.lists(
                st.integers(1, (8 * days if unit == "hours" else 100) - 1),
                min_size=3,
                max_size=3,
                unique=True,
            )
        )
    )
    ends = [0, *cuts, 8 * days if unit == "hours" else 100]
    partial = (
        {"level": "partial", "level_reason": draw(TEXT)} if full or draw(st.booleans()) else {"level": "full"}
    )
    is_x = {"key": "is_x", "name": draw(TEXT), "expression": 'first == "x"'}
    too = {"key": "is_x_too", "name": draw(TEXT), "expression": 'is_x || first == "X"'}
    found = partial | {
        "schema": 2,
        "code": draw(st.from_regex(r"[0-9]\.[0-9]{6}", fullmatch=True)),
        **{key: draw(TEXT) for key in ("name", "field", "summary", "who", "declaration")},
        "life_event": draw(st.sampled_from(["birth", "death"])),
        "keywords": draw(st.lists(PLAIN, min_size=full, max_size=3)),
        "agency": draw(st.sampled_from(["commune", "commune_police"])),
        "legal": draw(st.lists(TEXT, min_size=1, max_size=2)),
        "requirements": draw(st.lists(TEXT, min_size=full, max_size=2)),
        "time": {"amount": days, "unit": "working_days"},
        "subject": "first",
        "conditions": draw(st.permutations([is_x, too])),
        "form": {"steps": [it.step(n) for n in range(2)]},
        "papers": [it.paper(n) for n in range(2)],
        "reuse": it.some(it.reuse),
        "fees": it.some(it.fee),
        "stages": it.stages([b - a for a, b in itertools.pairwise(ends)], unit),
        "result": it.result(),
        "cases": it.some(it.case),
    }
    told = it.maybe(**dict.fromkeys(("submitted", "received", "supplement", "done", "refused"), TEXT))
    return found | ({"messages": told} if told else {})
