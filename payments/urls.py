from django.urls import path

from payments import views

app_name = "payments"
urlpatterns = [
    path("stripe/webhook/", views.webhook, {"provider": "stripe"}, name="webhook"),
    path("<uuid:charge>/", views.pay, name="pay"),
    path("<uuid:charge>/ket-qua/", views.back, name="back"),
]
