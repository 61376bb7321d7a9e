"""Code lists that definitions refer to by name, and the country's communes.

The values of `ethnic_groups` and `nationalities` are the Vietnamese names that civil status papers
write; `identity_papers` has codes of its own. Provinces (2 digits) and communes (5 digits) come from
the package vietnam_provinces, which follows the official list; they are read once, when first needed.
"""

from __future__ import annotations

import csv
import functools
import json
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import vietnam_provinces

from portal import words
from procedures.eforms.texts import Option, Text

fold = words.fold  # for search and order
DATA = Path(__file__).parent / "data"
# Those that come with the program; a site manages more of them, and newer versions of these.
NAMES = ("ethnic_groups", "nationalities", "identity_papers", "relations", "provinces")


class CodeList:
    """Options under a name. Compared and hashed by identity: it is made once and keys caches."""

    __slots__ = ("key", "options", "values")

    def __init__(self, key: str, options: Iterable[Option]) -> None:
        self.key = key
        self.options = tuple(options)
        self.values = frozenset(option.value for option in self.options)


class Places(NamedTuple):
    provinces: Mapping[str, str]  # 2-digit code → name
    communes: Mapping[str, str]  # 5-digit code → name
    by_province: Mapping[str, tuple[tuple[str, str], ...]]  # 2-digit code → (commune code, name), by name


@functools.lru_cache(maxsize=256)
def code_list(key: str, options: tuple[Option, ...]) -> CodeList:
    """The list of these options: the same one for the same content, whichever form brings it."""
    return CodeList(key, options)


@functools.cache
def built_in(name: str) -> CodeList:
    """A list in NAMES. Rows of its file are "value;Vietnamese;English"; provinces come from the country's list."""
    if name == "provinces":
        by_name = sorted(places().provinces.items(), key=lambda pair: fold(pair[1]))
        return code_list(name, tuple(Option(code, Text(vi)) for code, vi in by_name))
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = [(value, Text(vi, en)) for value, vi, en in csv.reader(file, delimiter=";")]
    return code_list(name, tuple(Option(value, label) for value, label in rows))


def options(name: str) -> tuple[Option, ...]:
    """The options of a list in NAMES."""
    return built_in(name).options


@functools.cache
def places() -> Places:
    provinces: dict[str, str] = {}
    communes: dict[str, str] = {}
    by_province: dict[str, tuple[tuple[str, str], ...]] = {}
    with vietnam_provinces.NESTED_DIVISIONS_JSON_PATH.open(encoding="utf-8") as file:
        for province in json.load(file):
            code = f"{province['code']:02}"
            provinces[code] = unicodedata.normalize("NFC", province["name"])
            wards = [
                (f"{ward['code']:05}", unicodedata.normalize("NFC", ward["name"]))
                for ward in province["wards"]
            ]
            communes.update(wards)
            by_province[code] = tuple(sorted(wards, key=lambda ward: fold(ward[1])))
    return Places(provinces, communes, by_province)


@functools.cache
def _province_codes() -> dict[str, str]:
    return {commune: code for code, wards in places().by_province.items() for commune, _name in wards}


def communes_of(province: str) -> tuple[tuple[str, str], ...]:
    """(code, name) of the communes of a 2-digit province code, by name; () for an unknown one."""
    return places().by_province.get(province, ())


def commune_name(code: str) -> str:
    """ "Phường Hoàn Kiếm", or "" for an unknown code."""
    return places().communes.get(code, "")


def province_name(code: str) -> str:
    """The name for a 2-digit province code, or "" for an unknown one."""
    return places().provinces.get(code, "")


def province_code(commune: str) -> str:
    """The 2-digit province of a commune, or ""."""
    return _province_codes().get(commune, "")


def province_of(commune: str) -> str:
    """The name of the province that a commune lies in, or ""."""
    return province_name(province_code(commune))


def place_name(commune: str) -> str:
    """ "Phường Hoàn Kiếm, Thành phố Hà Nội", or "" for an unknown code."""
    name = commune_name(commune)
    return f"{name}, {province_of(commune)}" if name else ""
