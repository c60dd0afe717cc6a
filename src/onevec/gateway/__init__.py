"""What stands behind the HTTP: deployments, keys and limits; wrappers round an `Embedder`, none of which knows HTTP.

What a server needs::

    config = load(path)                                     # or Config.of_model("local:all-minilm-l6-v2")
    gateway = Gateway.from_config(config, Embedders())      # loads local models, checks keys and filters; blocking

    caller = await gateway.authenticate(headers, host)      # -> Caller(id, kind); AuthenticationError
    deployment = gateway.deployments.route(model, header)   # -> Deployment; ModelNotFoundError
    grant = await gateway.admit(caller, deployment, request)  # -> Grant; RateLimitError with retry_after
    result = await deployment.embedder.aembed(request)      # filter, prompts, queue, deadline: all in the stack
    await gateway.settle(grant, result.usage)               # charges the tokens that the estimate missed
    grant.headers                                           # x-ratelimit-* of OpenAI; {} without limits
    await gateway.aclose()

`headers` is a mapping whose names are in lower case, a repeated header joined by ", ". `route` takes the body's `model`
and the header `azureml-model-deployment` (or the name in a path), both optional. A refused caller's `x-ratelimit-*`
come from `await gateway.limits.headers(caller.id)`; `gateway.callers.open` says that nobody is asked who he is.
`Deployment` has `name`, `aliases`, `model`, `provider`, `embedder`, `capabilities`, `space`, `queue` (a `Queue` with
`requests` and `tokens` that wait or run, for metrics). Sections of `Config`: `server`, `auth`, `limits`, `deployments`.
"""

from onevec.gateway.callers import Caller, Callers
from onevec.gateway.config import Auth, Config, ContentFilter, DeploymentConfig, Entra, Prompts, RateLimits, Server
from onevec.gateway.deployment import Deployment, Deployments
from onevec.gateway.gateway import Gateway, preflight
from onevec.gateway.keyring import Keyring
from onevec.gateway.keys import KeysFile
from onevec.gateway.limits import CallerLimits, Grant
from onevec.gateway.loading import load, parse
from onevec.gateway.queue import Queue

__all__ = [
    "Auth",
    "Caller",
    "CallerLimits",
    "Callers",
    "Config",
    "ContentFilter",
    "Deployment",
    "DeploymentConfig",
    "Deployments",
    "Entra",
    "Gateway",
    "Grant",
    "Keyring",
    "KeysFile",
    "Prompts",
    "Queue",
    "RateLimits",
    "Server",
    "load",
    "parse",
    "preflight",
]
