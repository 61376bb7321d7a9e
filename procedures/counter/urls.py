from django.urls import path

from procedures.counter import confirming, corrections, fees, lives, many, progress, views

app_name = "counter"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("duyet-nhieu/", many.approve, name="approve_many"),
    path("phat-hanh-nhieu/", many.issue, name="issue_many"),
    path("dot/<uuid:batch>/", many.batch, name="batch"),
    path("ho-so/<str:code>/", views.dossier, name="dossier"),
    path("ho-so/<str:code>/dang-phat-hanh/", progress.under_way, name="under_way"),
    path("ho-so/<str:code>/xu-ly/", views.act, name="act"),
    path("ho-so/<str:code>/ket-qua/", views.outcome, name="outcome"),
    path("ho-so/<str:code>/xac-nhan-ky/", confirming.confirm, name="confirm"),
    path("ho-so/<str:code>/du-thao/", views.preview, name="preview"),
    path("ho-so/<str:code>/mien-thu/<int:charge_id>/", fees.waive, name="waive"),
    path("ho-so/<str:code>/hoan-tra/<int:charge_id>/", fees.refund, name="refund"),
    path("ho-so/<str:code>/duyet-hoan-tra/<int:refund_id>/", fees.decide, name="decide_refund"),
    path("ho-so/<str:code>/hieu-luc/<slug:move>/", lives.change, name="life"),
    path("ho-so/<str:code>/dinh-chinh/", corrections.begin, name="begin_correction"),
    path("ho-so/<str:code>/sua/", corrections.correct, name="correct"),
    path("ho-so/<str:code>/tep/<int:file_id>/", views.file, name="file"),
    path("ho-so/<str:code>/bieu-mau/<slug:kind>/", views.form, name="form"),
]
