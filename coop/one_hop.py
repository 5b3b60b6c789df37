"""Django's ASGI handler with all middleware and the view in one thread.

Django calls each synchronous middleware in a thread of its own turn: a dozen changes of
thread for a request, which cost more than most of our views.
"""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest, HttpResponseBase


class OneHop(ASGIHandler):
    """Answers each request by the synchronous chain of middleware, in the request's own thread.

    Bodies are sent as ever, streams by their async iterators. An async view is run on the
    event loop, and called from that thread.
    """

    def __init__(self) -> None:
        super().__init__()
        self._plain = BaseHandler()
        self._plain.load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """Return the answer of the middleware and the view."""
        return await sync_to_async(self._plain.get_response)(request)
