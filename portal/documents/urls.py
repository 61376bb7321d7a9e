from django.urls import path

from portal.documents import checking, sharing, showing, views

app_name = "documents"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("kiem-tra/", checking.check, name="check"),
    path("kiem-tra/<str:code>/", checking.check_code, name="check_code"),
    path("xem/<str:token>/", showing.shown, name="shown"),
    path("xac-nhan/cach-kiem-tra/", showing.how, name="how"),
    path("xac-nhan/<str:code>/", showing.statement, name="statement"),
    path("chia-se/<uuid:share_id>/", sharing.shared, name="shared"),
    path("ky-tu-xa/xac-nhan/", views.authorised, name="authorised"),
    path("<uuid:document_id>/", views.paper, name="paper"),
    path("<uuid:document_id>/tai-ve/", views.download, name="download"),
    path("<uuid:document_id>/chia-se/", sharing.share, name="share"),
]
