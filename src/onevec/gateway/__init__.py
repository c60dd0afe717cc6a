"""What stands behind the HTTP: deployments, keys and limits; wrappers round an `Embedder`, none of which knows HTTP.

What a server needs::

    config = load(path)                                     # or Config.of_model("local:all-minilm-l6-v2")
    gateway = Gateway.from_config(config, Embedders())      # loads local models, checks keys and filters; blocking

    caller = await gateway.authenticate(headers, host)      # -> Caller(id, kind); AuthenticationError
    deployment = gateway.served(caller).route(model, header)  # -> Deployment; ModelNotFoundError, 403 for another's
    charge = gateway.charge(caller, deployment, request)
    async with charge:                                      # RateLimitError, InsufficientFundsError with retry_after
        result = await deployment.embedder.aembed(request)  # filter, prompts, queue, deadline: all in the stack
        charge.used(result)                                 # without it, it failed, and costs no budget
    charge.headers                                          # x-ratelimit-* of OpenAI; {} without limits
    await gateway.aclose()                                  # settles, and writes down what was used

`headers` is a mapping whose names are in lower case, a repeated header joined by ", ". `route` takes the body's `model`
and the header `azureml-model-deployment` (or the name in a path), both optional. A refused caller's `x-ratelimit-*`
are in `charge.headers` too; `gateway.callers.open` says that nobody is asked who he is.
`Deployment` has `name`, `aliases`, `model`, `provider`, `embedder`, `capabilities`, `space`, `queue` (a `Queue` with
`requests` and `tokens` that wait or run, for metrics). Sections of `Config`: `server`, `auth`, `limits`, `deployments`.
"""

from onevec.gateway.access.callers import Caller, Callers
from onevec.gateway.access.keyring import Keyring
from onevec.gateway.access.keys import KeysFile
from onevec.gateway.access.policy import Budget, Policy
from onevec.gateway.accounts.bookkeeping import Bookkeeping
from onevec.gateway.accounts.charges import Accounts, Charge
from onevec.gateway.accounts.limits import CallerLimits, Grant
from onevec.gateway.deployment import Deployment, Deployments
from onevec.gateway.gateway import Gateway, preflight
from onevec.gateway.settings.config import (
    Auth,
    Config,
    ContentFilter,
    DeploymentConfig,
    Entra,
    LedgerConfig,
    Prompts,
    RateLimits,
    Redis,
    Server,
)
from onevec.gateway.settings.loading import load, parse
from onevec.gateway.wrappers.queue import Queue

__all__ = [
    "Accounts",
    "Auth",
    "Bookkeeping",
    "Budget",
    "Caller",
    "CallerLimits",
    "Callers",
    "Charge",
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
    "LedgerConfig",
    "Policy",
    "Prompts",
    "Queue",
    "RateLimits",
    "Redis",
    "Server",
    "load",
    "parse",
    "preflight",
]
