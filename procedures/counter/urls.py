from django.urls import path

from procedures.counter import lives, views

app_name = "counter"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("ho-so/<str:code>/", views.dossier, name="dossier"),
    path("ho-so/<str:code>/xu-ly/", views.act, name="act"),
    path("ho-so/<str:code>/ket-qua/", views.outcome, name="outcome"),
    path("ho-so/<str:code>/du-thao/", views.preview, name="preview"),
    path("ho-so/<str:code>/hieu-luc/<slug:move>/", lives.change, name="life"),
    path("ho-so/<str:code>/tep/<int:file_id>/", views.file, name="file"),
    path("ho-so/<str:code>/bieu-mau/<slug:kind>/", views.form, name="form"),
]
