"""The one door to e-mail: a message as plain text and as tidy HTML, in the recipient's language."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

if TYPE_CHECKING:
    from portal.messages.models import Delivery


def send(delivery: Delivery) -> None:
    """Hand the message to the mail server. Raises OSError or SMTPException when it does not take it."""
    message = delivery.message
    context = {
        "message": message,
        "name": message.recipient.full_name,
        "address": f"{settings.PUBLIC_URL}{message.link}" if message.link else "",
        "city_name": settings.CITY_NAME,
        "language": message.recipient.language,
    }
    with translation.override(message.recipient.language):
        text = render_to_string("mail/message.txt", context)
        html = render_to_string("mail/message.html", context)
    letter = EmailMultiAlternatives(
        subject=" ".join(message.subject.split()),  # a header is one line
        body=text,
        to=[delivery.address],
        # The same for every attempt, so that a mailbox can drop the second of two.
        headers={
            "Message-ID": f"<delivery-{delivery.pk}@{urlsplit(settings.PUBLIC_URL).hostname}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    letter.attach_alternative(html, "text/html")
    letter.send()
