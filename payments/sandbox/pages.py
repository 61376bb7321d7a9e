"""The hosted page: what is to be paid, and a choice of what shall happen. No card number, no script."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

from payments.sandbox.bank import Bank
from payments.sandbox.errors import ApiError
from payments.sandbox.store import Object
from payments.sandbox.words import TEXTS, money

STYLE = Path(__file__).with_name("style.css").read_bytes()
OUTCOMES = ("card", "declined", "arrives", "returns")

FRAME = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} – {brand}</title><link rel="stylesheet" href="/style.css"></head>
<body><header><p class="wrap"><b>{brand}</b></p></header>
<p class="test"><span class="wrap">{test}</span></p>
<main class="wrap">{main}</main></body></html>"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A session on its page: with a problem to tell, or a place to go to."""

    session: Object
    problem: str = ""
    location: str = ""


def act(bank: Bank, session: Object, wish: str) -> Shown:
    """Carry out what the payer chose. A session that is over is shown as it is. Raises ApiError for another wish."""
    if session["status"] != "open":
        return Shown(session)
    match wish:
        case "card":
            return _to_success(bank.pay(session))
        case "declined":
            return Shown(bank.decline(session), problem="was_declined")
        case "arrives":
            return _to_success(bank.transfer(session, "arrived"))
        case "returns":
            return _to_success(bank.transfer(session, "returned"))
    raise ApiError(400, "No such outcome.")


def _to_success(session: Object) -> Shown:
    return Shown(session, location=_success_url(session))


def _success_url(session: Object) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def checkout(shown: Shown, items: list[Object], *, chosen: bool) -> str:
    """`chosen` is False when the form came without an answer."""
    session = shown.session
    language = "en" if session.get("locale") == "en" else "vi"
    words = TEXTS[language]
    if session["status"] != "open":
        return _over(session, language)
    problem = words[shown.problem] if shown.problem else "" if chosen else words["choose"]
    main = f"<h1>{words['title']}</h1>{_sum(session, items, language)}{_form(session, problem, words)}"
    title = f"{words['error']}: {words['title']}" if problem else words["title"]
    return _frame(title, main, language)


def _sum(session: Object, items: list[Object], language: str) -> str:
    rows = "".join(
        f"<tr><th scope=row>{escape(item['description'])}</th><td>{money(item['amount_total'], language)}</td></tr>"
        for item in items
    )
    total = f"<tr><th scope=row>{TEXTS[language]['total']}</th><td>{money(session['amount_total'], language)}</td></tr>"
    return f"<table><tbody>{rows}</tbody><tfoot>{total}</tfoot></table>"


def _form(session: Object, problem: str, words: dict[str, str]) -> str:
    error = f'<p class="error" id="problem" role="alert">{problem}</p>' if problem else ""
    choices = "".join(
        f'<div class="opt"><input type="radio" name="outcome" id="{key}" value="{key}" required>'
        f'<label for="{key}">{words[key]}<small>{words[key + "_hint"]}</small></label></div>'
        for key in OUTCOMES
    )
    leave = escape(session["cancel_url"] or _success_url(session))
    return (
        f'<form method="post"><fieldset><legend>{words["ask"]}</legend><p class="hint">{words["hint"]}</p>'
        f'{error}{choices}</fieldset><div class="acts"><button>{words["go"]}</button>'
        f'<a href="{leave}">{words["leave"]}</a></div></form>'
    )


def _over(session: Object, language: str) -> str:
    """A session that takes no more money: said plainly, with the way back."""
    words, kind = TEXTS[language], session["status"]
    back = _success_url(session) if kind == "complete" else session["cancel_url"] or _success_url(session)
    main = (
        f"<h1>{words[kind]}</h1><p>{words[kind + '_text']}</p>"
        f'<div class="acts"><a class="button" href="{escape(back)}">{words["back"]}</a></div>'
    )
    return _frame(words[kind], main, language)


def unknown() -> str:
    return _frame(TEXTS["vi"]["unknown"], _both("unknown", "unknown_text"), "vi")


def index() -> str:
    return _frame(TEXTS["vi"]["brand"], _both("brand", "index"), "vi")


def _both(title: str, text: str) -> str:
    vi, en = TEXTS["vi"], TEXTS["en"]
    english = f'<section lang="en"><h2>{en[title]}</h2><p>{en[text]}</p></section>'
    return f"<h1>{vi[title]}</h1><p>{vi[text]}</p>{english}"


def _frame(title: str, main: str, language: str) -> str:
    words = TEXTS[language]
    return FRAME.format(language=language, title=title, brand=words["brand"], test=words["test"], main=main)
