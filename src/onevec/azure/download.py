"""Read an image from the web, up to a size, through azure-core: its proxies, CAs and redirects, but no credential."""

from typing import Any

from azure.core.exceptions import HttpResponseError
from azure.core.pipeline import Pipeline
from azure.core.pipeline.policies import RedirectPolicy, UserAgentPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest

import onevec

CONNECT_SECONDS = 10
READ_SECONDS = 60


def download(url: str, max_bytes: int) -> bytes | None:
    """The body behind a URL, or None as soon as it is longer than `max_bytes`.

    Raises:
        HttpResponseError: the answer is not 200.
        ServiceRequestError: nobody answers there.
    """
    policies: list[Any] = [UserAgentPolicy(f"onevec/{onevec.__version__}"), RedirectPolicy(redirect_max=5)]
    transport = RequestsTransport(connection_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS)
    with Pipeline[Any, Any](transport, policies) as pipeline:
        response = pipeline.run(HttpRequest("GET", url), stream=True).http_response
        if response.status_code != 200:
            response.read()
            raise HttpResponseError(f"the image answered {response.status_code} {response.reason}", response=response)
        content = bytearray()
        for part in response.iter_bytes():
            content += part
            if len(content) > max_bytes:
                response.close()
                return None
    return bytes(content)
