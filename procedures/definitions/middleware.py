"""One purse for all that a request evaluates; what empties it is answered with a page, not with a stalled process."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from procedures.definitions import views
from procedures.eforms import budget

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

log = logging.getLogger(__name__)


class Budget:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with budget.metered(budget.MOST_A_REQUEST):
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """503, and a line in the log: the definition has to be changed, trying again later does not help much."""
        if not isinstance(exception, budget.BudgetExceeded):
            return None
        log.error("%s takes too much to evaluate", request.path)
        return views.too_costly(request)
