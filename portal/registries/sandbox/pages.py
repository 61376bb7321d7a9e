"""The page of the register server: how each register does, a switch for it, and who is on record."""

from __future__ import annotations

from html import escape
from pathlib import Path

from portal.registries.sandbox.control import Control
from portal.registries.sandbox.people import Record

STYLE = Path(__file__).with_name("style.css").read_bytes()
NAMES = {
    "population": ("Cơ sở dữ liệu quốc gia về dân cư", "National Population Database"),
    "civil_status": ("Cơ sở dữ liệu hộ tịch điện tử", "Civil Status Database"),
}
MODES = {
    "well": ("Trả lời bình thường", "Answers"),
    "error": ("Ngừng trả lời", "Does not answer"),
    "delay": ("Trả lời quá chậm", "Answers too slowly"),
}
MARITAL = {
    "single": ("chưa kết hôn", "single"),
    "married": ("đang có vợ hoặc chồng", "married"),
    "divorced": ("đã ly hôn", "divorced"),
    "widowed": ("vợ hoặc chồng đã chết", "widowed"),
}
FRAME = """<!doctype html>
<html lang="vi"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cơ sở dữ liệu thử</title><link rel="stylesheet" href="/style.css"></head>
<body><header><p class="wrap"><b>Cơ sở dữ liệu thử</b> <span lang="en">· Registers for trying out</span></p></header>
<p class="test"><span class="wrap">Đây là máy chủ thử. Người và dữ liệu đều không có thật.
<span lang="en">A server for trying out: neither the people nor the data are real.</span></span></p>
<main class="wrap">{main}</main></body></html>"""


def index(control: Control) -> str:
    return FRAME.format(main="".join(_register(control, registry) for registry in NAMES))


def _register(control: Control, registry: str) -> str:
    rows = "".join(map(_row, control.registers.records[registry].values()))
    vietnamese, english = NAMES[registry]
    head = '<tr><th scope="col">Số định danh</th><th scope="col">Họ tên</th><th scope="col">Dữ liệu</th></tr>'
    return (
        f'<section><h1>{vietnamese} <small lang="en">{english}</small></h1>{_switch(control, registry)}'
        f"<table><thead>{head}</thead><tbody>{rows}</tbody></table></section>"
    )


def _switch(control: Control, registry: str) -> str:
    mode = control.mode(registry)
    options = "".join(
        f'<div class="opt"><input type="radio" name="kind" value="{kind}" id="{registry}-{kind}"'
        f'{" checked" if kind == mode else ""}><label for="{registry}-{kind}">{words[0]}'
        f'<small lang="en">{words[1]}</small></label></div>'
        for kind, words in MODES.items()
    )
    return (
        f'<form method="post" action="/switch"><input type="hidden" name="registry" value="{registry}">'
        f'<fieldset><legend>Cơ sở dữ liệu này <span lang="en">· This register</span></legend>{options}</fieldset>'
        '<button>Đặt <span lang="en">· Set</span></button></form>'
    )


def _row(record: Record) -> str:
    return (
        f"<tr><td>{escape(record['personal_id'])}</td><td>{escape(str(record.get('full_name', '')))}</td>"
        f"<td>{escape(_facts(record))}</td></tr>"
    )


def _facts(record: Record) -> str:
    if not record.get("confirmed", True):
        return "chưa xác nhận · not confirmed"
    if status := record.get("marital_status"):
        return " · ".join(MARITAL.get(status, (str(status),)))
    return str(record.get("address", ""))
