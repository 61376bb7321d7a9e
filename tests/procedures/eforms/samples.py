"""Small schemas and people that do not exist."""

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from procedures.eforms import forms, schema
from procedures.eforms.entries import StoredFile

CONTEXT = {
    "today": "2026-11-21",
    "channel": "online",
    "applicant": {"full_name": "Nguyễn Thị Mẫu", "sex": "female"},
}


def text(vi, en=""):
    return {"vi": vi, "en": en or vi}


def field(key, kind="text", **more):
    return {"key": key, "type": kind, "label": text(f"Nhãn {key}", f"Label {key}"), **more}


def options(*values):
    return [{"value": value, "label": text(value.upper())} for value in values]


def step(key, *fields, **more):
    return {"key": key, "title": text(key), "fields": list(fields), **more}


def form(*steps):
    return schema.load_form({"steps": list(steps)})


def one(*fields, **more):
    """A form of one step, "only"."""
    return form(step("only", *fields, **more))


def post(**values):
    """A POST: lists give several values, names are the inputs'."""
    data = QueryDict(mutable=True)
    for name, value in values.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data


def sent(of, key="only", answers=None, files=None, uploads=None, context=CONTEXT, locked=(), **values):
    """The step form of `of` for the POST `values`."""
    return forms.step_form(
        of,
        key,
        answers=answers or {},
        context=context,
        data=post(**values),
        files=MultiValueDict(files or {}),
        uploads=uploads,
        locked=locked,
    )


def error(of, **values):
    """The one error that posting `values` gives."""
    found = sent(of, **values).errors
    (messages,) = found.values()
    return messages[0]


class Shelf:
    """Uploads that live in a dict. Files called bad* are refused."""

    def __init__(self):
        self.files = {}

    def put(self, field, upload):
        if upload.name.startswith("bad"):
            raise ValidationError(f"{upload.name} is no {field.accept[0]}")
        stored = StoredFile(f"id-{len(self.files) + 1}", upload.name, upload.size)
        self.files[stored.id] = stored
        return stored

    def get(self, ids):
        return [self.files[id_] for id_ in ids if id_ in self.files]
