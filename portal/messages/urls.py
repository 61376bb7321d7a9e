from django.urls import path

from portal.messages import views

app_name = "messages"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("doc-het/", views.read_all, name="read_all"),
    path("<int:pk>/", views.open, name="open"),
]
