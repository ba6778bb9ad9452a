"""The database for sockets: a few threads of their own, so that no slow query makes all sockets wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from django.db import close_old_connections

T = TypeVar("T")
THREADS = 4


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="conference")


async def ask(work: Callable[[], T]) -> T:
    """Have a service or a selector do its work on one of the threads."""

    def run() -> T:
        close_old_connections()
        try:
            return work()
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(_pool(), run)
