"""The answer to a supplement request: what it opens is asked, what it breaks is said, what is typed is kept."""

import pytest
from django.urls import reverse

from portal.documents.models import Document
from procedures.dossiers import supplements
from procedures.dossiers.models import Dossier, Status
from procedures.filing import answering
from procedures.filing.models import Answering
from tests import factories
from tests.procedures import world

pytestmark = pytest.mark.django_db

BIRTH = "1.001193"


@pytest.fixture
def office():
    return world.office()


@pytest.fixture
def mother(client):
    user = world.mother()
    client.force_login(user)
    return user


@pytest.fixture
def dossier(mother, office):
    return world.file(mother, world.publish(BIRTH)[BIRTH], office.agency)


def url(dossier, name="supplement"):
    return reverse(f"filing:{name}", args=[dossier.code])


def ask(dossier, office, **reasons):
    return supplements.ask(dossier, fields=reasons, note="Xem lại", **office.act("receiver"))


def again():
    return Dossier.objects.get()


def text(answer):
    return answer.content.decode()


# ── What an answer opens ──────────────────────────────────────────────────────────────────────────
def test_a_question_that_the_answer_opens_is_asked_before_anything_is_sent(client, dossier, office):
    ask(dossier, office, birth_place_kind="Giấy chứng sinh ghi nơi khác")
    changed = {"birth_place_kind": "abroad", "_shown": "birth_place_kind"}

    opened = client.post(url(dossier), changed)
    filled = {"birth_place_abroad": "Viêng Chăn, Lào", "_shown": "birth_place_kind birth_place_abroad"}
    sent = client.post(url(dossier), changed | filled)

    assert opened.status_code == 200
    assert opened.context["form"].newly_asked == ["birth_place_abroad"]
    assert "Thành phố, quốc gia nơi sinh" in text(opened)
    assert sent.url == dossier.get_absolute_url()
    answers = again().answers
    assert (answers["birth_place_kind"], answers["birth_place_abroad"]) == ("abroad", "Viêng Chăn, Lào")
    assert "birth_facility" not in answers


def test_a_whole_step_that_the_answer_opens_is_asked(client, dossier, office):
    ask(dossier, office, relation="")

    opened = client.post(url(dossier), {"relation": "grandparent", "_shown": "relation"})

    names = opened.context["form"].newly_asked
    assert {"mother_name", "mother_paper", "mother_address"} <= set(names)
    assert "father_name" not in names  # answered before, and not asked for
    assert again().status == Status.SUPPLEMENT


def test_what_an_opened_question_opens_is_asked_as_well(client, dossier, office):
    ask(dossier, office, relation="")
    typed = {"relation": "grandparent", "mother_paper": "other"}

    opened = client.post(url(dossier), typed | {"_shown": "relation mother_paper"})

    assert "mother_paper_number" in opened.context["form"].newly_asked


def test_a_paper_that_the_answer_calls_for_is_sent_along(client, dossier, office):
    ask(dossier, office, birth_proof="")
    changed = {"birth_proof": "witness"}

    opened = client.post(url(dossier), changed | {"_shown": "birth_proof"})
    (paper,) = opened.context["form"].newly_asked
    without = client.post(url(dossier), changed | {"_shown": f"birth_proof {paper}"})
    client.post(url(dossier), changed | {"_shown": f"birth_proof {paper}", paper: world.picture()})

    assert without.status_code == 422
    assert again().status == Status.NEW
    assert again().files.filter(key=paper).count() == 1
    assert Document.objects.filter(kind="upload").count() == 2  # taken in once, however often it is looked at


def test_answers_that_were_closed_again_are_not_sent(client, dossier, office):
    ask(dossier, office, birth_place_kind="")

    client.post(url(dossier), {"birth_place_kind": "facility", "birth_place_abroad": "Viêng Chăn"})

    assert "birth_place_abroad" not in again().answers


# ── What an answer breaks ─────────────────────────────────────────────────────────────────────────
def test_a_check_of_the_step_speaks_at_its_question(client, dossier, office):
    ask(dossier, office, registration_kind="Chưa rõ")

    answer = client.post(url(dossier), {"registration_kind": "father_only"})

    assert answer.status_code == 422
    assert "Chọn lại loại khai sinh" in answer.context["form"].errors["registration_kind"][0]
    assert again().status == Status.SUPPLEMENT


def test_a_check_about_an_answer_that_is_not_open_stands_at_the_head(client, dossier, office):
    Dossier.objects.update(answers=dossier.answers | {"registration_kind": "mother_only"})
    ask(again(), office, relation="")

    answer = client.post(url(dossier), {"relation": "father", "_shown": "relation"})

    errors = answer.context["form"].errors
    assert "giới tính Nữ" in errors["relation"][0]
    assert "Chọn lại loại khai sinh" in errors["__all__"][0]
    assert again().status == Status.SUPPLEMENT


def test_a_check_that_failed_before_and_cannot_be_mended_here_is_not_held_against_the_answer(
    client, dossier, office
):
    Dossier.objects.update(answers=dossier.answers | {"registration_kind": "father_only"})
    ask(again(), office, child_name="Viết đủ dấu")

    client.post(url(dossier), {"child_name": "Trần Mẫu Mới"})

    assert again().answers["child_name"] == "Trần Mẫu Mới"


def test_the_verb_refuses_what_the_page_would(dossier, office, mother):
    ask(dossier, office, birth_place_kind="", registration_kind="")
    send = {"papers": [], "by": mother, "at": world.MONDAY}

    with pytest.raises(supplements.StillWrong, match="nơi sinh"):
        supplements.answer(again(), answers={"birth_place_kind": "abroad"}, **send)
    with pytest.raises(supplements.StillWrong, match="loại khai sinh"):
        supplements.answer(again(), answers={"registration_kind": "father_only"}, **send)
    assert again().status == Status.SUPPLEMENT


# ── What was typed ────────────────────────────────────────────────────────────────────────────────
def test_what_was_wrong_is_there_on_another_device(client, dossier, office, mother):
    ask(dossier, office, child_name="", requester_phone="")

    client.post(url(dossier), {"child_name": "Trần Mẫu Mới", "requester_phone": "12"})
    client.logout()
    client.force_login(mother)
    page = text(client.get(url(dossier)))

    assert 'value="Trần Mẫu Mới"' in page
    assert 'value="12"' in page


def test_every_answer_is_kept_in_the_background(client, dossier, office):
    ask(dossier, office, child_name="")

    part = client.post(url(dossier, "supplement_fields"), {"child_name": "Trần Mẫu", "_shown": "child_name"})

    assert f'hx-post="{url(dossier, "supplement_fields")}"' in text(part)
    assert "errsum" not in text(part)
    assert 'value="Trần Mẫu"' in text(client.get(url(dossier)))


def test_later_keeps_what_is_typed_and_sends_nothing(client, dossier, office):
    ask(dossier, office, child_name="")

    answer = client.post(url(dossier), {"child_name": "", "later": "1"})

    assert answer.url == dossier.get_absolute_url()
    assert again().status == Status.SUPPLEMENT
    assert Answering.objects.get().typed["child_name"] == [""]


def test_what_is_posted_after_the_session_ended_is_there_again(client, dossier, office, mother):
    ask(dossier, office, child_name="")
    client.logout()

    sent = client.post(url(dossier), {"child_name": "Trần Mẫu Mới", "_shown": "child_name"})
    client.force_login(mother)
    page = client.get(url(dossier))

    assert sent.url.startswith(reverse("accounts:sign_in"))
    assert 'value="Trần Mẫu Mới"' in text(page)
    assert again().status == Status.SUPPLEMENT


def test_what_was_posted_without_signing_in_is_nobody_elses(client, dossier, office):
    ask(dossier, office, child_name="")
    client.logout()
    client.post(url(dossier, "supplement_fields"), {"child_name": "Kẻ Khác"}, headers={"HX-Request": "true"})
    client.force_login(factories.UserFactory())

    assert client.get(url(dossier)).status_code == 404
    assert not Answering.objects.exists()


def test_sending_forgets_what_was_kept_and_the_files_that_were_not_sent(client, dossier, office, mother):
    ask(dossier, office, birth_notice="Ảnh mờ")
    answering.keep(
        supplements.request(again()),
        {"birth_notice__kept": [str(world.upload(mother).pk), *dossier.answers["birth_notice"]]},
        by=mother,
        at=world.MONDAY,
    )
    typed = {"birth_notice": world.picture(), "_shown": "birth_notice"}

    client.post(url(dossier), typed)

    assert not Answering.objects.exists()
    held = set(again().files.values_list("document_id", flat=True))
    assert set(Document.objects.filter(kind="upload").values_list("pk", flat=True)) == held
    assert len(held) == 2


def test_in_the_background_after_the_answer_was_sent_the_page_moves_to_the_dossier(client, dossier):
    answer = client.post(url(dossier, "supplement_fields"), {"child_name": "x"})

    assert answer["HX-Redirect"] == dossier.get_absolute_url()


# ── Why ───────────────────────────────────────────────────────────────────────────────────────────
def test_the_citizen_reads_each_reason_at_its_question(client, dossier, office):
    ask(dossier, office, child_name="Thiếu dấu <b>", child_sex="")

    page = text(client.get(url(dossier)))

    assert page.index("Thiếu dấu &lt;b&gt;") < page.index('name="child_name"')
    assert 'aria-describedby="id_child_name_reason' in page
    assert "id_child_sex_reason" not in page
