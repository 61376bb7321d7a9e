from django.urls import path

from payments import desk_views as views

app_name = "cash"
urlpatterns = [
    path("", views.home, name="home"),
    path("<int:pk>/", views.till, name="till"),
    path("<int:pk>/chot/", views.close, name="close"),
    path("<int:pk>/ban-giao.pdf", views.slip, name="slip"),
    path("thu/<uuid:charge>/", views.take, name="take"),
    path("thu/<uuid:charge>/phieu.pdf", views.request_slip, name="request_slip"),
    path("khoan/<int:pk>/huy/", views.reverse_taking, name="reverse"),
    path("hoan/<int:pk>/", views.pay_out, name="pay_out"),
]
