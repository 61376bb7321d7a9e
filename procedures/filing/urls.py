from django.urls import path

from procedures.filing import correcting, supplements, views

app_name = "filing"
urlpatterns = [
    path("", views.begin, name="begin"),
    path("bo-sung/<str:code>/", supplements.supplement, name="supplement"),
    path("bo-sung/<str:code>/cau-hoi/", supplements.supplement_fields, name="supplement_fields"),
    path("dinh-chinh/<uuid:document_id>/", correcting.correction, name="correction"),
    path("<uuid:draft_id>/", views.tasks, name="tasks"),
    path("<uuid:draft_id>/giay-to/", views.papers, name="papers"),
    path("<uuid:draft_id>/xem-lai/", views.review, name="review"),
    path("<uuid:draft_id>/nop/", views.submit, name="submit"),
    path("<uuid:draft_id>/phien-ban/", views.carry_over, name="carry_over"),
    path("<uuid:draft_id>/bo/", views.discard, name="discard"),
    path("<uuid:draft_id>/phan/<slug:step>/", views.step, name="step"),
    path("<uuid:draft_id>/phan/<slug:step>/cau-hoi/", views.fields, name="fields"),
]
