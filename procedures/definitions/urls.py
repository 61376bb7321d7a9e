from django.urls import path

from procedures.definitions import views

app_name = "definitions"
urlpatterns = [
    path("", views.procedures, name="list"),
    path("<str:code>/", views.procedure, name="procedure"),
]
