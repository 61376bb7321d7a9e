"""Bundles broken in one place each, made from the real ones."""

from procedures.definitions import bundles

KHAI_SINH = (bundles.FOLDER / "1.001193.yaml").read_text()
THUONG_TRU = (bundles.FOLDER / "1.004222.yaml").read_text()
CHUNG_THUC = (bundles.FOLDER / "2.000815.yaml").read_text()
HON_NHAN = (bundles.FOLDER / "1.004873.yaml").read_text()

# name: (text, what to replace, with what, a text on the line that is named, a part of the reason)
BROKEN = {
    "unknown key at the top": (
        KHAI_SINH,
        "agency: commune",
        "agency: commune\ncolour: red",
        "colour:",
        "unknown",
    ),
    "unknown key of a field": (
        KHAI_SINH,
        "      fields:\n        - key: relation\n",
        "      fields:\n        - key: relation\n          colour: red\n",
        "colour:",
        "unknown",
    ),
    "code is no code": (KHAI_SINH, 'code: "1.001193"', 'code: "khai-sinh"', "code:", "must look like"),
    "unknown schema": (KHAI_SINH, "schema: 2", "schema: 0", "schema:", "must be 2"),
    "newer schema": (KHAI_SINH, "schema: 2", "schema: 3", "schema:", "newer than this program"),
    "unknown type of field": (
        KHAI_SINH,
        "          type: phone",
        "          type: fax",
        "type: fax",
        "must be one of",
    ),
    "field twice": (
        KHAI_SINH,
        "- key: relation_other",
        "- key: child_name",
        '- key: child_name\n          type: text\n          label: {vi: "Họ',
        "used twice",
    ),
    "condition on an unknown field": (
        KHAI_SINH,
        'applies: relation == "other"',
        'applies: relatoin == "other"',
        "relatoin",
        "relatoin",
    ),
    "condition on a later field": (
        KHAI_SINH,
        'applies: relation == "other"',
        'applies: child_name == "other"',
        'child_name == "other"',
        "before it",
    ),
    "condition that is no expression": (
        KHAI_SINH,
        'applies: relation == "other"',
        "applies: relation ==",
        "applies: relation ==\n",
        "not an expression",
    ),
    "unknown function": (
        KHAI_SINH,
        "days_between(child_dob, today) <= 60",
        "weeks_between(child_dob, today) <= 8",
        "weeks_between",
        "weeks_between",
    ),
    "no English": (
        KHAI_SINH,
        "declaration:\n  vi:",
        "declaration:\n  vi: Tôi cam đoan.\nwas:\n  vi:",
        "declaration:",
        "English",
    ),
    "choice without options": (
        KHAI_SINH,
        "          list: identity_papers\n",
        "",
        "- key: requester_paper\n",
        "options or list",
    ),
    "unknown list": (KHAI_SINH, "list: identity_papers", "list: shoe_sizes", "shoe_sizes", "must be one of"),
    "what a register does not hold": (
        HON_NHAN,
        "claim: spouse.full_name",
        "claim: spouse.salary",
        "claim: spouse.salary",
        "holds no “spouse.salary”",
    ),
    "source of an answer that looks ahead": (
        HON_NHAN,
        'claim: marital_status, applies: about == "self"',
        'claim: marital_status, applies: purpose == "loan"',
        'applies: purpose == "loan"',
        "before it",
    ),
    "reserved step": (KHAI_SINH, "- key: contact", "- key: papers", "- key: papers", "reserved"),
    "condition of a paper": (
        KHAI_SINH,
        'applies: birth_proof == "witness"',
        'applies: proof == "witness"',
        'proof == "witness" &&',
        "proof",
    ),
    "format of a paper": (KHAI_SINH, "accept: [pdf, jpg, png]", "accept: [exe]", "accept: [exe]", "exe"),
    "fee that is no number": (
        KHAI_SINH,
        'unit_amount: "5000"',
        "unit_amount: '\"5000\"'",
        "unit_amount: '\"5000\"'",
        "whole number",
    ),
    "fee without its decree": (
        KHAI_SINH,
        "    applies: wants_copies == true\n    basis:",
        "    applies: wants_copies == true\n    reason:",
        "- key: copies\n    kind: phi",
        "missing",
    ),
    "kind of fee": (KHAI_SINH, "kind: phi\n", "kind: tip\n", "kind: tip", "must be one of"),
    "never beside another case": (
        KHAI_SINH,
        "kind: phi\n",
        "kind: phi\n    refunds: [never, refused]\n",
        "refunds: [never, refused]",
        "never stands alone",
    ),
    "exemption of more than all": (KHAI_SINH, "percent: 100", "percent: 101", "percent: 101", "1 to 100"),
    "shares do not sum": (KHAI_SINH, "share: 65", "share: 60", "stages:", "sum to 95"),
    "unknown role": (KHAI_SINH, "role: handler", "role: wizard", "role: wizard", "must be one of"),
    "clerk before the leader": (KHAI_SINH, "role: leader", "role: handler", "{key: approval", "leader"),
    "no such template": (
        KHAI_SINH,
        "template: birth_certificate",
        "template: death_certificate",
        "template:",
        "templates/pdf",
    ),
    "claim of nothing": (
        KHAI_SINH,
        "full_name: child_name",
        "full_name: child_nmae",
        "child_nmae",
        "child_nmae",
    ),
    "label of nothing": (
        KHAI_SINH,
        'label("child_sex")',
        'label("child_gender")',
        "child_gender",
        "child_gender",
    ),
    "time without amount": (
        THUONG_TRU,
        "time: {amount: 7, unit: working_days}",
        "time: {amount: 0, unit: working_days}",
        "time:",
        "0 with same_day",
    ),
    "reuse of no paper": (
        THUONG_TRU,
        "    paper: birth_certificate",
        "    paper: passport",
        "paper: passport",
        "not among the papers",
    ),
    "reuse that the paper does not accept": (
        THUONG_TRU,
        "accepts: [KQ.G15.000031, KQ.G15.000342]",
        "accepts: [KQ.G15.000342]",
        "type: KQ.G15.000031",
        "accepts",
    ),
    "fills no field": (
        THUONG_TRU,
        "      person_name: child.full_name",
        "      name_of_person: child.full_name",
        "name_of_person",
        "not a field",
    ),
    "fills from no path": (
        THUONG_TRU,
        "person_name: child.full_name",
        "person_name: child[0]",
        "child[0]",
        "path",
    ),
    "partial without a reason": (
        THUONG_TRU,
        "level: full",
        "level: partial",
        "level: partial",
        "level_reason",
    ),
    "prefill as schema 1 wrote it": (
        KHAI_SINH,
        "prefill: [{from: account, value: applicant.full_name}]",
        "prefill: applicant.full_name",
        "prefill: applicant.full_name",
        "must be a list",
    ),
    "source that does not exist": (
        KHAI_SINH,
        "prefill: [{from: account, value: applicant.phone}]",
        "prefill: [{from: phone_book, value: applicant.phone}]",
        "phone_book",
        "must be one of: account, registry, last_dossier",
    ),
    "named condition in a circle": (
        KHAI_SINH,
        "subject: child_name\n\nform:",
        "subject: child_name\nconditions:\n"
        "  - {key: old, name: {vi: Già, en: Old}, expression: grown}\n"
        "  - {key: grown, name: {vi: Lớn, en: Grown}, expression: old}\n\nform:",
        "{key: old",
        "leads back to itself: old → grown → old",
    ),
    "tiers without an end": (
        KHAI_SINH,
        '    unit_amount: "8000"',
        "    tiers: {count: copies, steps: [{upto: 2, amount: 8000}]}",
        "tiers:",
        "every step but the last",
    ),
    "row of a test table": (
        KHAI_SINH,
        "    quantity: copies\n",
        "    quantity: copies\n    examples:\n"
        "      - {given: {wants_copies: true, copies: 2}, amount: 16000}\n"
        "      - {given: {wants_copies: true, copies: 3}, amount: 16000}\n",
        "copies: 3}",
        "says 16000, the fee comes to 24000",
    ),
    "share beside hours": (
        KHAI_SINH,
        "role: handler, share: 65",
        "role: handler, hours: 5",
        "{key: approval",
        "all need the same",
    ),
    "stage fills nothing that exists": (
        KHAI_SINH,
        "role: handler, share: 65",
        "role: handler, share: 65, fills: [registered_by]",
        "{key: handling",
        "not a field of the result",
    ),
    "opinion of nobody": (
        KHAI_SINH,
        "role: handler, share: 65",
        "role: handler, share: 65, consults: [{kind: church, days: 2}]",
        "{key: handling",
        "must be one of",
    ),
    "notice that does not exist": (
        KHAI_SINH,
        "\nresult:\n",
        "\nmessages:\n  sent: {vi: Đã gửi, en: Sent}\n\nresult:\n",
        "  sent:",
        "unknown",
    ),
    "case with an unknown answer": (
        KHAI_SINH,
        "\ncases:\n",
        "\ncases:\n  - key: odd\n    title: {vi: Thường, en: Usual}\n    answers:\n"
        "      child_name: A\n      child_nmae: A\n    expect: {}\n",
        "      child_nmae",
        "not a field of the form",
    ),
    "case that expects an unknown step": (
        KHAI_SINH,
        "\ncases:\n",
        "\ncases:\n  - key: odd\n    title: {vi: Thường, en: Usual}\n    answers: {}\n"
        "    expect:\n      steps: [wedding]\n",
        "      steps: [wedding]",
        "not a step of the form",
    ),
    "matches a computed pattern": (
        KHAI_SINH,
        'applies: relation == "other"',
        "applies: relation.matches(channel)",
        "relation.matches",
        "not written out",
    ),
    "macros without end": (
        KHAI_SINH,
        'applies: relation == "other"',
        'applies: "' + "[1].all(a, " * 4 + "true" + ")" * 4 + '"',
        "[1].all",
        "more than 3",
    ),
    "origin without a version": (
        KHAI_SINH,
        "      fields:\n        - key: relation\n",
        "      fields:\n        - key: relation\n          origin: person\n",
        "origin: person",
        "person@1",
    ),
    "statement about no claim": (
        KHAI_SINH,
        "expression: 'claims.child.full_name'",
        "expression: 'claims.child.shoe_size'",
        "claims.child.shoe_size",
        "holds no claim “child.shoe_size”",
    ),
    "statement about an answer": (
        KHAI_SINH,
        "expression: 'claims.child.full_name'",
        "expression: child_name",
        "expression: child_name",
        "refers to “child_name”",
    ),
    "statement that shows something else": (
        KHAI_SINH,
        "shows: reached",
        "shows: all",
        "shows: all",
        "must be one of: value, reached",
    ),
    "pages of a scan that nobody is asked for": (
        CHUNG_THUC,
        "copies: original_scan",
        "copies: original",
        "copies: original\n",
        "“original” is no question for a file",
    ),
    "pages of a scan that may be left out": (
        CHUNG_THUC,
        "label: {vi: Bản quét bản chính, en",
        "required: false\n      label: {vi: Bản quét bản chính, en",
        "- key: original_scan",
        "must be required, and one file",
    ),
    "pages of several scans": (
        CHUNG_THUC,
        "max_files: 1\n",
        "max_files: 2\n",
        "- key: original_scan",
        "must be required, and one file",
    ),
    "pages that nobody signs": (
        CHUNG_THUC,
        "scan_sha256: copied_sha256",
        'scan_sha256: join([copied_sha256], "")',
        "  claims:\n    document:",
        "must hold copied_sha256",
    ),
    "digest of no scan": (
        CHUNG_THUC,
        "  copies: original_scan\n",
        "",
        "scan_sha256: copied_sha256",
        "refers to “copied_sha256”",
    ),
    "question that is named like the pages": (
        CHUNG_THUC,
        "- key: register_book",
        "- key: copied_pages",
        "copies: original_scan",
        "a name that expressions already have",
    ),
    "lists of its own": (
        KHAI_SINH,
        "agency: commune",
        "agency: commune\nlists: {schools: []}",
        "lists:",
        "unknown",
    ),
}


STRANGE = ([], {}, "x", 7, True, None, [None], {"vi": 7})


def misshapen(value, path=()):
    """(path, other): each part of `value`, wherever it lies, and things of another kind to stand there instead."""
    yield from (
        (path, other) for other in STRANGE if path and (type(other) is not type(value) or other != value)
    )
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from misshapen(item, (*path, key))
