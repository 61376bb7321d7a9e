from django.urls import path

from procedures.results import views

app_name = "results"
urlpatterns = [
    path("luoc-do/", views.index, name="schemas"),
    path("luoc-do/<str:type_code>/<int:number>/", views.schema, name="schema"),
]
