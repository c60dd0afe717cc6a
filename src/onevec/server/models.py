"""What is served: `/info` as Azure's clients read it, `/v1/models` as OpenAI's do."""

from collections.abc import Mapping
from typing import Any

from onevec.gateway import Deployment, Deployments, Gateway
from onevec.gateway.accounts.charges import price
from onevec.server.door import Visit
from onevec.server.embeddings import named
from onevec.server.messages import Reply, json_reply
from onevec.types import Modality

MODEL_TYPES: Mapping[bool, str] = {True: "embedding", False: "image_embedding"}
"""What the vendor's `load_client` takes for a model of texts, and for one of images alone."""

TEXTS = frozenset({Modality.TEXT})


class Models:
    """Handles questions about the deployments."""

    def __init__(self, gateway: Gateway, started: int) -> None:
        self._gateway = gateway
        self._started = started

    async def info(self, visit: Visit) -> Reply:
        """The deployment that the header `azureml-model-deployment` names, else the one, or the one of texts."""
        visit.call.route.dialect.check_query(visit.request.query)
        header = visit.request.headers.get("azureml-model-deployment")
        served = self._gateway.served(visit.caller)
        deployment = served.route(None, header, _first(served))
        card = {
            "model_name": deployment.name,
            "model_type": MODEL_TYPES[Modality.TEXT in deployment.capabilities.modalities],
            "model_provider_name": deployment.provider,
            **_facts(deployment),
        }
        return json_reply(card, headers=_space(deployment))

    async def listing(self, visit: Visit) -> Reply:
        """Every deployment that the caller may use."""
        served = self._gateway.served(visit.caller)
        return json_reply({"object": "list", "data": [self._card(one) for one in served.values()]})

    async def one(self, visit: Visit) -> Reply:
        """The deployment of a name or alias."""
        deployment = named(visit.request.path["name"], self._gateway.served(visit.caller))
        return json_reply(self._card(deployment), headers=_space(deployment))

    def _card(self, deployment: Deployment) -> dict[str, Any]:
        return {
            "id": deployment.name,
            "object": "model",
            "created": self._started,
            "owned_by": deployment.provider,
            "aliases": list(deployment.aliases),
            "price": price(deployment),
            **_facts(deployment),
        }


def _first(served: Deployments) -> frozenset[Modality]:
    """What the deployment embeds that is meant where none is named: texts, where anybody does."""
    return TEXTS if any(one.capabilities.modalities >= TEXTS for one in served.values()) else frozenset()


def _facts(deployment: Deployment) -> dict[str, Any]:
    able = deployment.capabilities
    return {
        "dimensions": able.dimensions,
        "max_input_tokens": able.max_input_tokens,
        "input_types": sorted(able.input_types),
        "modalities": sorted(able.modalities),
        "vector_space": deployment.space.id if deployment.space else None,
    }


def _space(deployment: Deployment) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"x-vector-space", deployment.space.header.encode("ascii")),) if deployment.space else ()
