from django.urls import path

from portal.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.profile, name="profile"),
    path("dang-nhap/", views.sign_in, name="sign_in"),
    path("dang-ky/", views.register, name="register"),
    path("dang-xuat/", views.sign_out, name="sign_out"),
    path("mat-khau/", views.password, name="password"),
]
