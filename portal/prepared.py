"""Looking up one row by SQL that was put together once.

Django writes the SQL of a queryset anew each time: for a row with its relations that takes several times as
long as PostgreSQL does. What every request of a signed-in person looks up is worth remembering.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db import connections, models
from django.db.models.expressions import Expression
from django.db.models.query import ModelIterable

M = TypeVar("M", bound=models.Model)


class _Slot(Expression):
    """Where a value will stand in the SQL."""

    def __init__(self, field: models.Field[Any, Any]) -> None:
        super().__init__(output_field=field)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)


class Prepared(Generic[M]):
    """The one row that `queryset()` holds for a value of its field `name`: `find(value)`, None without one.

    The queryset must not depend on anything but that value. Each thread keeps SQL of its own, because each has
    its own connection.
    """

    def __init__(self, queryset: Callable[[], models.QuerySet[M]], name: str = "id") -> None:
        self._queryset, self._name = queryset, name
        self._threads = threading.local()

    def find(self, value: Any) -> M | None:
        """One query. `value` is of the field's Python type."""
        if not hasattr(self._threads, "found"):
            self._prepare()
        self._threads.value = value
        return next(iter(ModelIterable(self._threads.found)), None)

    def _prepare(self) -> None:
        queryset = self._queryset()
        field: Any = queryset.model._meta.get_field(self._name)
        connection = connections[queryset.db]
        queryset = queryset.filter(**{self._name: _Slot(field)})
        compiler: Any = queryset.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        threads = self._threads

        def filled(**_options: Any) -> tuple[str, tuple[Any, ...]]:
            value = field.get_db_prep_value(threads.value, connection)
            return sql, tuple(value if isinstance(param, _Slot) else param for param in params)

        compiler.as_sql = filled
        queryset.query.get_compiler = lambda **_options: compiler  # type: ignore[method-assign]
        threads.found = queryset
