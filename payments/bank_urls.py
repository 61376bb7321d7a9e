from django.urls import path

from payments import bank_views as views

app_name = "bank"
urlpatterns = [
    path("", views.home, name="home"),
    path("sao-ke/<int:statement>/", views.statement, name="statement"),
    path("khoan/<int:transfer>/", views.case, name="case"),
    path("tai-khoan/", views.accounts, name="accounts"),
    path("hoan-tien/", views.payouts, name="payouts"),
    path("bao-co/", views.told, name="told"),
]
