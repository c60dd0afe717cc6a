"""For whoever runs the server: is it alive, does it take work, what has it done; and the pages that explain it."""

from onevec.errors import InvalidRequestError, OnevecError
from onevec.server.describing.pages import DOCS_HEADERS
from onevec.server.door import Lifecycle, Visit
from onevec.server.messages import Reply, json_reply
from onevec.server.observing.metrics import Metrics

HTML = b"text/html; charset=utf-8"


class Operations:
    """Handles the routes beside the embeddings."""

    def __init__(self, lifecycle: Lifecycle, metrics: Metrics, document: bytes, page: bytes) -> None:
        self._lifecycle = lifecycle
        self._metrics = metrics
        self._document = document
        self._page = page

    async def live(self, _visit: Visit) -> Reply:
        """The process answers."""
        return json_reply({"status": "live"})

    async def ready(self, _visit: Visit) -> Reply:
        """It takes work: models are loaded before the port is opened, so only a shutdown says no."""
        if self._lifecycle.draining:
            raise OnevecError("the server is shutting down", status=503, code="draining")
        return json_reply({"status": "ready"})

    async def figures(self, _visit: Visit) -> Reply:
        """The figures of :mod:`onevec.server.observing.metrics`."""
        return Reply(200, self._metrics.page(), self._metrics.content_type.encode())

    async def openapi(self, _visit: Visit) -> Reply:
        """The description of every route, for programs."""
        return Reply(200, self._document)

    async def docs(self, _visit: Visit) -> Reply:
        """The same for people."""
        return Reply(200, self._page, HTML, DOCS_HEADERS)

    async def unknown(self, _visit: Visit) -> Reply:
        """Whatever is in no row of the routes."""
        raise InvalidRequestError("there is no such route; /docs lists those that are", status=404, code="not_found")
