"""The ground: people, papers, messages, working time, and the site itself."""

from .celery import app as celery_app

__all__ = ["celery_app"]
