from django.urls import path

from portal.sharing import api

app_name = "api"
urlpatterns = [
    path("", api.home, name="home"),
    path("v1/openapi.json", api.description, name="description"),
    path("v1/token/", api.token, name="token"),
    path("v1/requests/", api.ask_consent, name="requests"),
    path("v1/requests/<uuid:pk>/", api.consent_request, name="request"),
    path("v1/answers/", api.answer, name="answers"),
]
