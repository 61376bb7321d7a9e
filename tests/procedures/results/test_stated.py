"""What can be shown of a result by itself: signed at issue, from what the definition names and what was answered."""

import pytest

from portal.documents import proving, shares, statements
from portal.documents.models import Statement
from procedures.definitions import runtime
from procedures.results import stated
from tests.procedures import world


@pytest.fixture
def paper(db):
    office = world.office("commune")
    world.keys(office)
    published, mother = world.publish("1.001193"), world.mother()
    world.process(world.file(mother, published["1.001193"], office.agency), office)
    return Statement.objects.get().paper


def test_issue_signs_the_statements_with_the_agencys_seal(paper, settings):
    row = paper.statement
    signed = statements.Signed(row.token, row.disclosures, row.seeds)
    proof = proving.prove(
        statements.present(signed, ["name", "birth_year"], day=world.MONDAY.date()),
        roots=settings.SIGNING_TRUST_ROOTS.read_bytes(),
        at=world.MONDAY,
    )

    child = paper.claims["child"]
    assert [fact.value for fact in proof.facts] == [child["full_name"], int(child["date_of_birth"][:4])]
    assert shares.standing(proof, at=world.MONDAY) == ("known", "valid")
    assert proof.signer == paper.issuer.name


def test_a_newborn_is_not_yet_of_age_and_its_mother_is_not_named_twice(paper):
    offers = {offer.name: offer for offer in shares.offers(paper.statement, at=world.MONDAY)}

    assert offers["at_least_18"].since[:4] == str(int(paper.claims["child"]["date_of_birth"][:4]) + 18)
    assert "claims.child.full_name" not in offers
    assert "claims.child.date_of_birth" in offers


def test_what_was_left_open_is_no_fact(paper):
    definition = runtime.definition(paper.result.dossier.version_id)
    without = paper.claims | {"child": paper.claims["child"] | {"date_of_birth": None}}

    names = {fact.name for fact in stated.of(definition, without)}
    assert not names & {
        "at_least_14",
        "at_least_16",
        "at_least_18",
        "birth_year",
        "claims.child.date_of_birth",
    }


def test_a_paper_of_elsewhere_has_no_facts(paper):
    paper.result.delete()

    assert stated.of_paper(paper) == []
