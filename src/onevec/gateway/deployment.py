"""Deployments: what clients may ask for by name, and how a name finds one."""

import difflib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from onevec.errors import AuthenticationError, InvalidRequestError, ModelNotFoundError, UnsupportedModalityError
from onevec.gateway.pool.pool import Pool
from onevec.gateway.wrappers.queue import Queue
from onevec.spaces import VectorSpace
from onevec.types import Capabilities, Embedder, Modality


@dataclass(frozen=True, slots=True)
class Deployment:
    """One model as it is served.

    Attributes:
        name: What clients ask for.
        model: The model's own name at its provider.
        provider: Who embeds.
        embedder: The stack of wrappers round the model.
        queue: What waits for it.
        aliases: Further names.
        pool: Its targets, where what embeds can fail by itself.
    """

    name: str
    model: str
    provider: str
    embedder: Embedder = field(repr=False)
    queue: Queue = field(repr=False)
    aliases: tuple[str, ...] = ()
    pool: Pool | None = field(default=None, repr=False)

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        return self.embedder.capabilities

    @property
    def space(self) -> VectorSpace | None:
        """The space of its full vectors, or None until a provider's first reply tells."""
        return self.embedder.space


class Deployments(Mapping[str, Deployment]):
    """Deployments by name, in the order of the configuration.

    Args:
        deployments: Those that may be used.
        closed: Names of those that are served, but not to whom this is for.
    """

    def __init__(self, deployments: Sequence[Deployment], closed: Collection[str] = ()) -> None:
        self._by_name = {one.name: one for one in deployments}
        self._known = _known(deployments)
        self._closed = frozenset(closed) - {*self._known}

    def only(self, names: Collection[str]) -> "Deployments":
        """Those of these names: the others lead nobody to anything, and are not told of."""
        return Deployments([one for one in self.values() if one.name in names], self._known)

    def __getitem__(self, name: str) -> Deployment:
        return self._by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    def route(
        self, model: str | None = None, header: str | None = None, wanted: frozenset[Modality] = frozenset()
    ) -> Deployment:
        """The deployment that a request is for.

        Args:
            model: What its body says. When one deployment can be meant it is ignored, as the REST reference has it.
            header: What the header `azureml-model-deployment`, or the path, says; it wins and is never ignored.
            wanted: What is to be embedded; without a name only those that embed it can be meant.

        Raises:
            AuthenticationError: he may not use it, or none; status 403.
            ModelNotFoundError: there is none of that name.
            InvalidRequestError: no name, and several deployments.
            UnsupportedModalityError: no name, and several deployments of which none embeds what is wanted.
        """
        name = header or model
        if name in self._known:
            return self._known[name]
        if name in self._closed or (self._closed and not self._by_name):
            raise _not_allowed(name)
        every = [*self._by_name.values()]
        able = [one for one in every if wanted <= one.capabilities.modalities] if len(every) > 1 else every
        if not header and len(able) == 1:
            return able[0]
        if not able and not header:
            kinds = " and ".join(sorted(wanted))
            raise UnsupportedModalityError(f"no deployment here embeds {kinds} inputs; there are {', '.join(self)}")
        if not name:
            raise InvalidRequestError(
                f"model is missing, and several are served: name one of {', '.join(one.name for one in able)}",
                param="model",
            )
        near = difflib.get_close_matches(name[:256], self._known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(self._by_name)}"
        raise ModelNotFoundError(
            f"there is no deployment {name[:60]!r}; {hint}",
            code="DeploymentNotFound" if header else None,
            param="model",
            value=name[:60],
        )


def _not_allowed(name: str | None) -> AuthenticationError:
    what = f"the deployment {name[:60]!r}" if name else "any deployment that is served here"
    return AuthenticationError(
        f"this key may not use {what}: ask the operator", status=403, code="deployment_not_allowed", param="model"
    )


def _known(deployments: Sequence[Deployment]) -> dict[str, Deployment]:
    """Every name that leads to a deployment: its own, its aliases, and its model's where no other has that model."""
    known = {name: one for one in deployments for name in (one.name, *one.aliases)}
    for one in deployments:
        if sum(other.model == one.model for other in deployments) == 1:
            known.setdefault(one.model, one)
            known.setdefault(f"{one.provider}:{one.model}", one)
    return known
