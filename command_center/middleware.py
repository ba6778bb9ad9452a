"""What stands between the server and the views, beside what the settings take from libraries."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_only_middleware
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

Handler = Callable[[HttpRequest], HttpResponse]


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]  # whitenoise carries no types
    """The pages' own files. WhiteNoise answers with an iterator that ASGI cannot wait for: Django reads it to its
    end and warns. They are small, so each is read in one go, in this middleware's thread.
    """

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        """The file, or that it is still the same."""
        found = static_file.get_response(request.method, request.META)
        content = b""
        if found.file is not None:
            with found.file as file:
                content = file.read()
        answer = HttpResponse(content, status=int(found.status))
        del answer["content-type"]
        for name, value in found.headers:
            answer[name] = value
        return answer


@sync_only_middleware
def in_one_thread(get_response: Handler) -> Handler:
    """Keeps a request in one thread from the outermost middleware to the view; stands innermost.

    Under ASGI, Django runs a middleware that can do both as a coroutine, and that one hands each of
    its steps to a thread and waits for it. One that cannot makes all around it run in one go; no
    view here is a coroutine, so no time is lost by it.
    """
    return get_response
