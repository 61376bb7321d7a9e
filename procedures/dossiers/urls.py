from django.urls import path

from procedures.dossiers import views

app_name = "dossiers"
urlpatterns = [
    path("", views.mine, name="list"),
    path("<str:code>/", views.dossier, name="dossier"),
    path("<str:code>/ma-qr.svg", views.qr, name="qr"),
    path("<str:code>/nop-phi/", views.pay, name="pay"),
    path("<str:code>/rut/", views.withdraw, name="withdraw"),
    path("<str:code>/tep/<int:file_id>/", views.file, name="file"),
    path("<str:code>/bieu-mau/<slug:kind>/", views.form, name="form"),
]
