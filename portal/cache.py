"""The cache: Redis, and nothing at all when Redis is silent."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError


def _or_default(method: Callable[..., Any], default: Any) -> Callable[..., Any]:
    """Answer `default` when Redis does not; what is in the cache is never the truth."""

    @wraps(method)
    def inner(*args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except RedisError:
            return default

    return inner


def _get_or_default(self: RedisCache, key: Any, default: Any = None, version: Any = None) -> Any:
    """What the caller gave for a miss is what a silent Redis answers: rate limits give a list."""
    try:
        return RedisCache.get(self, key, default, version)
    except RedisError:
        return default


class ForgivingRedisCache(RedisCache):
    """A Redis cache that misses instead of failing, so that no page needs Redis to be up."""

    add = _or_default(RedisCache.add, True)
    get = _get_or_default
    set = _or_default(RedisCache.set, None)
    touch = _or_default(RedisCache.touch, False)
    delete = _or_default(RedisCache.delete, False)
    get_many = _or_default(RedisCache.get_many, {})
    has_key = _or_default(RedisCache.has_key, False)
    incr = _or_default(RedisCache.incr, 1)
    set_many = _or_default(RedisCache.set_many, [])
    delete_many = _or_default(RedisCache.delete_many, None)
    clear = _or_default(RedisCache.clear, False)
