"""What stands between the server and the views, beside what the settings take from libraries."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_only_middleware

Handler = Callable[[HttpRequest], HttpResponse]


@sync_only_middleware
def in_one_thread(get_response: Handler) -> Handler:
    """Keeps a request in one thread from the outermost middleware to the view; stands innermost.

    Under ASGI, Django runs a middleware that can do both as a coroutine, and that one hands each of
    its steps to a thread and waits for it. One that cannot makes all around it run in one go; no
    view here is a coroutine, so no time is lost by it.
    """
    return get_response
