from django.urls import path, re_path

from portal.sharing import looks, views

app_name = "sharing"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("yeu-cau/<uuid:pk>/", views.decide, name="request"),
    path("nhat-ky/", looks.log, name="log"),
    path("nhat-ky/tai-ve/", looks.export, name="export"),
    path("nhat-ky/<int:pk>/hoi/", looks.object_access, name="object_access"),
    path("nhat-ky/tra-cuu/<int:pk>/hoi/", looks.object_look_up, name="object_look_up"),
    path("da-hoi/", looks.mine, name="objections"),
    path("dong-y/<slug:number>/", views.receipt, name="receipt"),
    path("dong-y/<slug:number>/rut/", views.withdraw, name="withdraw"),
    re_path(
        r"^dong-y/(?P<number>[-\w]+)/bien-nhan\.(?P<form>pdf|json)$", views.receipt_file, name="receipt_file"
    ),
]
