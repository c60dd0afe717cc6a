"""The configuration of LiteLLM's proxy as one of ours, and what of it has no counterpart here.

Keys never pass: a reference to a variable becomes ours, and for a key that is written out a variable is named.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from onevec.providers import known_model

PROVIDERS: Mapping[str, str] = {
    "azure": "azureopenai",
    "azure_ai": "azure",
    "custom_openai": "openai-compatible",
    "fireworks_ai": "fireworks",
    "hosted_vllm": "vllm",
    "jina_ai": "jina",
    "litellm_proxy": "litellm",
    "lm_studio": "lmstudio",
    "nvidia_nim": "nvidia",
    "openai_like": "openai-compatible",
    "together_ai": "together",
    "vertex_ai": "vertexai",
}
"""Providers that have another name here."""

SETTINGS: Mapping[str, tuple[tuple[str, ...], Callable[[Any], Any]]] = {
    "api_base": (("api_base",), str),
    "api_version": (("client_args", "api_version"), str),
    "organization": (("client_args", "organization"), str),
    "timeout": (("client_args", "timeout"), float),
    "max_retries": (("client_args", "max_retries"), int),
    "weight": (("weight",), float),
    "order": (("priority",), int),
    "input_cost_per_token": (("price",), lambda dollars: round(float(dollars) * 1e6, 9)),
}
"""For each of `litellm_params` the setting of a target that is the same."""

LIMITS = "limits here are the callers': onevec keys add --requests-per-minute, --tokens-per-minute"
OTHER_MODEL = "a fallback would answer from another vector space; targets of one deployment share theirs"
FIXED = "not to be set: each target is tried once, and left alone for 1 s, 2 s, … after three failures in a row"

REASONS: Mapping[str, str] = {
    "rpm": LIMITS,
    "tpm": LIMITS,
    "fallbacks": OTHER_MODEL,
    "default_fallbacks": OTHER_MODEL,
    "context_window_fallbacks": OTHER_MODEL,
    "content_policy_fallbacks": OTHER_MODEL,
    "num_retries": FIXED,
    "allowed_fails": FIXED,
    "cooldown_time": FIXED,
    "retry_after": FIXED,
    "routing_strategy": "not to be set: a request goes to the target that has the least to do for its weight",
    "drop_params": "a parameter that the model does not have is refused, not dropped",
    "master_key": 'no key may do everything: onevec keys add NAME -f keys.json, and [auth] keys = "keys.json"',
    "callbacks": "the log is JSON, /metrics is Prometheus, spans are OpenTelemetry's",
    "success_callback": "the log is JSON, /metrics is Prometheus, spans are OpenTelemetry's",
}
"""Why a setting is left out, where more can be said than that it has no counterpart."""

NO_COUNTERPART = "there is no such setting here"
BROKEN = "it is not of the type that LiteLLM documents"


@dataclass(frozen=True, slots=True)
class Left:
    """A setting that did not pass.

    Attributes:
        place: Where it stands, ``model_list[0].litellm_params.rpm``.
        why: What to do instead.
    """

    place: str
    why: str


@dataclass(slots=True)
class Conversion:
    """Our configuration as a tree of TOML, and what was left out of it."""

    tree: dict[str, Any] = field(default_factory=lambda: {"deployments": {}})
    left: list[Left] = field(default_factory=list)

    def leave(self, place: str, why: str | None = None) -> None:
        """Note a setting, by the reason that its last word has unless another is given."""
        self.left.append(Left(place, why or REASONS.get(place.rpartition(".")[2], NO_COUNTERPART)))


def convert(source: Mapping[str, Any]) -> Conversion:
    """Convert a parsed `config.yaml`."""
    done = Conversion()
    for index, entry in enumerate(source.get("model_list") or ()):
        _entry(entry, f"model_list[{index}]", done)
    for name, targets in done.tree["deployments"].items():
        done.tree["deployments"][name] = _alone(targets[0]) if len(targets) == 1 else {"targets": targets}
    for section, settings in source.items():
        if section != "model_list":
            _section(section, settings, done)
    return done


def _alone(target: dict[str, Any]) -> dict[str, Any]:
    """The target of a deployment that has one: nothing chooses between it and others."""
    return {key: value for key, value in target.items() if key not in ("weight", "priority")}


def _section(name: str, settings: Any, done: Conversion) -> None:
    if not isinstance(settings, Mapping):
        return done.leave(name) if settings else None
    if not settings.get("cache"):  # which is off then, whatever is said of it
        settings = {key: value for key, value in settings.items() if key not in ("cache", "cache_params")}
    for key, value in settings.items():
        SECTIONS.get(f"{name}.{key}", _leave)(value, f"{name}.{key}", done)
    return None


def _entry(entry: Any, place: str, done: Conversion) -> None:
    """A model of the list: one more target of the deployment of its name."""
    asked = entry.get("litellm_params") if isinstance(entry, Mapping) else None
    if not isinstance(asked, Mapping) or not isinstance(asked.get("model"), str):
        return done.leave(place, "it has no litellm_params.model")
    name, model, told = str(entry.get("model_name")), _model(asked), entry.get("model_info")
    told = told if isinstance(told, Mapping) else {}
    if "*" in name + model:
        return done.leave(place, "a name for every model: give each of them a deployment")
    if not _embeds(model, told):
        return done.leave(place, "no model of embeddings: say model_info: {mode: embedding} if it is one")
    target: dict[str, Any] = {"model": model}
    for key, value in asked.items():
        _setting(key, value, target, f"{place}.litellm_params.{key}", done)
    for key in told:
        if key not in ("mode", "id", "base_model"):
            done.leave(f"{place}.model_info.{key}")
    done.tree["deployments"].setdefault(name, []).append(target)
    return None


def _model(asked: Mapping[str, Any]) -> str:
    """`provider:model`; a name without a provider is OpenAI's, as LiteLLM has it."""
    prefix, slash, rest = asked["model"].partition("/")
    given = asked.get("custom_llm_provider")
    provider, model = (given, asked["model"]) if given else (prefix, rest) if slash else ("openai", prefix)
    return f"{PROVIDERS.get(provider, provider)}:{model}"


def _embeds(model: str, told: Mapping[str, Any]) -> bool:
    """What `mode` says; without it, whether the model is known here or its name tells."""
    if "mode" in told:
        return bool(told["mode"] == "embedding")
    provider, _, name = model.partition(":")
    return known_model(provider, name) is not None or "embed" in name.lower()


def _setting(key: str, value: Any, target: dict[str, Any], place: str, done: Conversion) -> None:
    if key in ("model", "custom_llm_provider") or value is None:
        return
    if key == "api_key":
        target["api_key"] = _reference(value, place, done)
    elif key not in SETTINGS or _variable(value):
        done.leave(place, "write the value: only keys are read from variables" if key in SETTINGS else None)
    else:
        path, typed = SETTINGS[key]
        _put(target, path, value, typed, place, done)


def _put(
    tree: dict[str, Any], path: tuple[str, ...], value: Any, typed: Callable[[Any], Any], place: str, done: Conversion
) -> None:
    try:
        given = typed(value)
    except (TypeError, ValueError):
        done.leave(place, BROKEN)
        return
    for key in path[:-1]:
        tree = tree.setdefault(key, {})
    tree[path[-1]] = given


def _variable(value: Any) -> str | None:
    """The variable that a setting refers to in LiteLLM's way."""
    found = re.fullmatch(r"os\.environ/([A-Za-z_]\w*)", value) if isinstance(value, str) else None
    return found[1] if found else None


def _reference(value: Any, place: str, done: Conversion) -> str:
    if variable := _variable(value):
        return f"env:{variable}"
    made = re.sub(r"\W+", "_", place.removeprefix("model_list")).strip("_").upper()
    done.leave(place, f"a key does not belong in a file: put it into the variable LITELLM_{made}")
    return f"env:LITELLM_{made}"


# --- what stands beside the models


def _leave(_value: Any, place: str, done: Conversion) -> None:
    done.leave(place)


def _aliases(value: Any, place: str, done: Conversion) -> None:
    for alias, name in value.items() if isinstance(value, Mapping) else ():
        if isinstance(name, str) and name in done.tree["deployments"]:
            done.tree["deployments"][name].setdefault("aliases", []).append(alias)
        else:
            done.leave(f"{place}.{alias}", "no deployment has the name that it leads to")


def _attempt(value: Any, place: str, done: Conversion) -> None:
    for deployment in done.tree["deployments"].values():
        _put(deployment, ("attempt_timeout",), value, float, place, done)


def _deadline(value: Any, place: str, done: Conversion) -> None:
    _put(done.tree, ("server", "deadline"), value, float, place, done)


def _cache(value: Any, _place: str, done: Conversion) -> None:
    if value is True:
        done.tree.setdefault("cache", {})


def _cache_params(value: Any, place: str, done: Conversion) -> None:
    for key, given in value.items() if isinstance(value, Mapping) else ():
        if key == "ttl":
            _put(done.tree, ("cache", "ttl"), given, int, f"{place}.ttl", done)
        elif key == "type" and given == "redis":
            done.tree.setdefault("cache", {})["redis"] = True
            done.tree["redis"] = {"url": "env:REDIS_URL"}
            done.leave(f"{place}.host", "put the whole address into the variable REDIS_URL: redis://HOST:PORT/0")
        elif key not in ("type", "host", "port", "password") or (key == "type" and given not in ("local", "redis")):
            done.leave(f"{place}.{key}")


def _ledger(value: Any, place: str, done: Conversion) -> None:
    done.tree["ledger"] = {"url": _reference(value, place, done)}


SECTIONS: Mapping[str, Callable[[Any, str, Conversion], None]] = {
    "router_settings.model_group_alias": _aliases,
    "router_settings.timeout": _attempt,
    "litellm_settings.request_timeout": _deadline,
    "litellm_settings.cache": _cache,
    "litellm_settings.cache_params": _cache_params,
    "general_settings.database_url": _ledger,
}
"""Settings beside the models that have a counterpart; whatever is not here is left out and named."""


def reasons(left: list[Left]) -> Iterator[str]:
    """A line for each setting that was left out."""
    return (f"left {one.place}: {one.why}" for one in left)
