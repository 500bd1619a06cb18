"""A Redis cache whose loss is a slow day, not an outage: sessions are read from the database instead."""

import logging
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache that answers "not there" when Redis does not answer.

    Nothing that must be true lives here: sessions have their rows in PostgreSQL, throttles are in PostgreSQL.
    """

    def _attempt(self, name: str, default: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return getattr(super(), name)(*args, **kwargs)
        except RedisError as error:
            log.warning("cache unavailable: %s", type(error).__name__)
            return default

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._attempt("add", True, *args, **kwargs)

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return self._attempt("get", default, key, default, version)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._attempt("set", None, *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._attempt("touch", False, *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._attempt("delete", False, *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._attempt("get_many", {}, *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._attempt("set_many", [], *args, **kwargs)

    def delete_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._attempt("delete_many", None, *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._attempt("has_key", False, *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        return self._attempt("incr", 0, *args, **kwargs)

    def clear(self) -> Any:
        return self._attempt("clear", False)
