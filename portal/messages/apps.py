from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "portal.messages"
    label = "outbox"
