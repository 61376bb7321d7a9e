"""Renaming follows a name to wherever a definition mentions it."""

import copy

import pytest

from procedures.definitions import references

SOURCE = {
    "from": "registry",
    "registry": "civil_status",
    "claim": "about",
    "applies": 'about == "self"',
}
DEFINITION = {
    "form": {
        "steps": [
            {
                "key": "first",
                "fields": [
                    {"key": "about", "type": "text"},
                    {
                        "key": "status",
                        "type": "text",
                        "prefill": [SOURCE, {"from": "account", "value": "applicant.about"}],
                    },
                ],
            }
        ]
    }
}


@pytest.fixture
def definition():
    return copy.deepcopy(DEFINITION)


def test_condition_of_a_source_mentions_fields(definition):
    assert references.uses(definition, "about") == ["form.steps.first.fields.status.prefill.0.applies"]


def test_renaming_reaches_it_and_leaves_account_and_registers_alone(definition):
    references.rename(definition, "form.steps.first.fields.about", "for_whom")

    status = definition["form"]["steps"][0]["fields"][1]
    assert status["prefill"] == [
        SOURCE | {"applies": 'for_whom == "self"'},
        {"from": "account", "value": "applicant.about"},
    ]


def test_a_result_that_copies_a_scan_follows_the_name_of_its_question():
    scan = {"key": "scan", "type": "file"}
    definition = {"result": {"copies": "scan", "fields": [scan], "claims": {"scan": "copied_sha256"}}}

    references.rename(definition, "result.fields.scan", "original")

    assert definition["result"]["copies"] == "original"
    assert definition["result"]["claims"] == {"scan": "copied_sha256"}
