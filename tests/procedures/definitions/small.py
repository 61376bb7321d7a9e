"""A small definition that mentions everything everywhere, and random edits of it."""

from copy import deepcopy

from hypothesis import strategies as st

from procedures.definitions import changes, copying, places

DEFINITION = {
    "schema": 2,
    "code": "1.009999",
    "name": {"vi": "Thủ tục mẫu", "en": "Sample"},
    "legal": [{"vi": "Luật A"}, {"vi": "Luật B", "en": "Law B"}, {"vi": "Luật C"}],
    "keywords": ["mẫu", "thử"],
    "conditions": [{"key": "is_child", "name": {"vi": "Là trẻ em"}, "expression": 'who == "child"'}],
    "subject": "who == \"self\" ? full_name : label('who')",
    "form": {
        "steps": [
            {
                "key": "first",
                "title": {"vi": "Phần một"},
                "fields": [
                    {
                        "key": "who",
                        "type": "choice",
                        "label": {"vi": "Cho ai"},
                        "options": [
                            {"value": "self", "label": {"vi": "Tôi"}},
                            {"value": "child", "label": {"vi": "Con"}, "applies": "today > '2020-01-01'"},
                        ],
                    },
                    {"key": "full_name", "type": "text", "label": {"vi": "Họ tên"}, "applies": "is_child"},
                ],
                "checks": [{"expression": "full_name != who", "message": {"vi": "?"}, "field": "full_name"}],
            },
            {
                "key": "second",
                "title": {"vi": "Phần hai"},
                "applies": 'who in ["child", "other"]',
                "fields": [
                    {
                        "key": "members",
                        "type": "group",
                        "label": {"vi": "Thành viên"},
                        "fields": [
                            {"key": "age", "type": "integer", "label": {"vi": "Tuổi"}},
                            {
                                "key": "sex",
                                "type": "text",
                                "label": {"vi": "Giới tính"},
                                "applies": "age > 1",
                            },
                        ],
                    },
                    {
                        "key": "number",
                        "type": "personal_id",
                        "label": {"vi": "Số"},
                        "personal": {"sex": "who", "date_of_birth": "full_name"},
                        "applies": "members.exists(m, m.age > 3)",
                    },
                ],
            },
        ]
    },
    "papers": [{"key": "proof", "label": {"vi": "Giấy tờ"}, "applies": "is_child || who != 'self'"}],
    "reuse": [{"key": "old", "paper": "proof", "fills": {"full_name": "person.full_name", "who": "kind"}}],
    "fees": [
        {
            "key": "fee",
            "unit_amount": 'who == "self" ? 1 : members.size()',
            "examples": [{"given": {"who": "self"}, "amount": 1}],
        }
    ],
    "stages": [{"key": "work", "role": "handler", "share": 100, "fills": ["note"]}],
    "result": {
        "fields": [{"key": "note", "type": "text", "label": {"vi": "Ghi chú"}}],
        "claims": {"person": {"name": "full_name", "note": "note"}, "ages": "members.map(m, m.age)"},
    },
    "cases": [
        {
            "key": "one",
            "answers": {"who": "child", "members": [{"age": 1, "sex": "x"}], "full_name": "who"},
            "papers": ["proof"],
            "expect": {"steps": ["first", "second"], "fails": ["full_name", "second"]},
        }
    ],
}


def definition():
    return deepcopy(DEFINITION)


@st.composite
def change(draw, now):
    """One edit that the definition `now` allows, done to it."""
    known = [place for place, _value in places.walk(now)]
    items = [p for p in known if isinstance(places.value(now, places.parent(p)), list)]
    dicts = [p for p in items if isinstance(places.find(now, p), dict)]
    lists = [p for p in known if isinstance(places.find(now, p), list)]
    doing = draw(st.sampled_from(["set", "insert", "remove", "move", "rename"]))
    if doing == "set" or not dicts:
        leaves = [p for p in known if isinstance(places.find(now, p), str | int)]
        place = draw(st.sampled_from([p for p in leaves if p.rpartition(".")[2] not in ("key", "value")]))
        return changes.put(now, place, draw(st.sampled_from(["x", "y", *([] if place in items else [None])])))
    if doing == "insert":
        at = draw(st.sampled_from(lists))
        item = copying.fresh(now, at, draw(st.sampled_from([{"key": "new"}, {"vi": "mới"}, "mới"])))
        return changes.insert(now, at, item, draw(st.integers(0, 3)))
    if doing == "remove":
        return changes.remove(now, draw(st.sampled_from(items)))
    if doing == "move":
        place, to = draw(st.sampled_from(items)), draw(st.sampled_from(lists))
        if places.within(to, place):
            return changes.put(now, "code", "moved")
        return changes.move(now, place, to, draw(st.integers(0, 3)))
    # A name that nothing mentions: what is mentioned in vain would else be taken along on the way back.
    name = next(name for n in range(99) if (name := f"new_{n}_name") not in str(now))
    return changes.rename(now, draw(st.sampled_from(dicts)), name)
