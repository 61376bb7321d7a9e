from django.urls import path

from payments import views

app_name = "payments"
urlpatterns = [
    path("<slug:provider>/webhook/", views.webhook, name="webhook"),
    path("<uuid:charge>/", views.pay, name="pay"),
    path("<uuid:charge>/bien-lai/<int:number>/", views.receipt, name="receipt"),
    path("<uuid:charge>/chuyen-khoan/", views.transfer, name="transfer"),
    path("<uuid:charge>/phieu.pdf", views.slip, name="slip"),
    path("<uuid:charge>/ket-qua/", views.back, name="back"),
]
