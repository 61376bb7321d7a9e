from django.urls import path

from portal.sharing import administration

app_name = "clients"
urlpatterns = [
    path("", administration.index, name="list"),
    path("moi/", administration.new, name="new"),
    path("thac-mac/", administration.questions, name="objections"),
    path("thac-mac/<int:pk>/", administration.question, name="objection"),
    path("<uuid:pk>/", administration.client, name="client"),
    path("<uuid:pk>/sua/", administration.change, name="change"),
    path("<uuid:pk>/khoa/", administration.rotate, name="rotate"),
    path("<uuid:pk>/tam-dung/", administration.suspend, name="suspend"),
    path("<uuid:pk>/cho-phep/", administration.resume, name="resume"),
    path("<uuid:pk>/muc-dich/moi/", administration.allow, name="allow"),
    path("<uuid:pk>/muc-dich/<int:scope_id>/ket-thuc/", administration.end, name="end"),
]
