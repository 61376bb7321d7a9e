from django.urls import path

from payments.finance import agreement, troubles, views

app_name = "finance"
urlpatterns = [
    path("", views.payments, name="payments"),
    path("khoan/<uuid:charge>/", views.charge, name="charge"),
    path("can-xem/", troubles.review, name="review"),
    path("can-xem/<int:pk>/", troubles.payment, name="payment"),
    path("hoan-tien/", troubles.refunds, name="refunds"),
    path("hoan-tien/khoan/<uuid:charge>/", troubles.ask, name="ask_refund"),
    path("hoan-tien/<int:pk>/", troubles.refund, name="refund"),
    path("quy/", views.tills, name="tills"),
    path("tong-hop/", agreement.report, name="report"),
    path("tong-hop/noi-lai/<uuid:charge>/", agreement.retell, name="retell"),
    path("tong-hop/khong-ro/<int:pk>/", agreement.stray, name="stray"),
    path("tong-hop/xuat/", agreement.export, name="export"),
]
