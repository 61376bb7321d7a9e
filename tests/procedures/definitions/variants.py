"""The real bundles with one thing changed; and the parts of schema 2 that none of them has."""

import copy

from procedures.definitions import publishing, runtime, validation


def text(vi, en=""):
    return {"vi": vi, "en": en or vi}


def changed(definition, **parts):
    """A copy of a bundle with other top-level parts."""
    return copy.deepcopy(dict(definition)) | parts


def field(definition, key):
    """The mapping of a field inside `definition`, to be changed in place."""
    steps = definition["form"]["steps"]
    return next(item for step in steps for item in step["fields"] if item["key"] == key)


def problems(definition):
    return [(problem.path, problem.reason) for problem in validation.validate(definition)]


def compiled(definition):
    return runtime.of_snapshot(publishing.compile_snapshot(definition))


PAGES = {
    "key": "copies",
    "kind": "phi",
    "label": text("Phí chứng thực bản sao", "Fee for certified copies"),
    "tiers": {
        "count": "pages",
        "steps": [{"upto": 2, "amount": 2000}, {"amount": 1000}],
        "most": 200_000,
    },
    "quantity": "copies",
    "basis": text("Thông tư số 226/2016/TT-BTC", "Circular No. 226/2016/TT-BTC"),
}


def with_pages(definition, **more):
    """A bundle that asks for pages and copies first, with the tiered fee."""
    found = changed(definition, fees=[PAGES | more])
    found["form"]["steps"][0]["fields"][:0] = [
        {"key": "pages", "type": "integer", "label": text("Số trang", "Pages"), "min": 1},
        {"key": "copies", "type": "integer", "label": text("Số bản", "Copies"), "min": 1},
    ]
    return found
