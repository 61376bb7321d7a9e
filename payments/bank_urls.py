from django.urls import path

from payments import bank_accounts
from payments import bank_views as views

app_name = "bank"
urlpatterns = [
    path("", views.home, name="home"),
    path("sao-ke/<int:statement>/", views.statement, name="statement"),
    path("khoan/<int:transfer>/", views.case, name="case"),
    path("tai-khoan/", bank_accounts.accounts, name="accounts"),
    path("tai-khoan/<int:account>/", bank_accounts.account, name="account"),
    path("hoan-tien/", views.payouts, name="payouts"),
    path("bao-co/", views.told, name="told"),
]
