from django.urls import path

from portal.registries import views

app_name = "registries"
urlpatterns = [path("", views.mine, name="mine")]
