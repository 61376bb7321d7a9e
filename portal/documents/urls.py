from django.urls import path

from portal.documents import checking, views

app_name = "documents"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("kiem-tra/", checking.check, name="check"),
    path("kiem-tra/<str:code>/", checking.check_code, name="check_code"),
    path("<uuid:document_id>/", views.paper, name="paper"),
    path("<uuid:document_id>/tai-ve/", views.download, name="download"),
]
