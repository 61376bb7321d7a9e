import pytest
from django.urls import reverse

from tests.procedures.studio.conftest import CODE

FORM = reverse("studio:section", args=[CODE, "form"])


@pytest.mark.parametrize("name", ["section", "step", "field", "add", "routing", "preview", "edit"])
def test_pages_open(page, name):
    args = [CODE, "form"] if name == "section" else [CODE]
    place = {
        "step": "form.steps.child",
        "field": "form.steps.child.fields.child_name",
        "add": "form.steps.child",
    }
    response = page.get(reverse(f"studio:{name}", args=args), {"o": place.get(name, "")}, follow=True)
    assert response.status_code == 200, response.content.decode()[:2000]
