"""GATEWAYS: a row for each one that is compared, with the same things on in all of them, as far as it has them.

Each asks callers for a key, counts their requests and tokens, and writes a line for each request to a file.
"""

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

KEY = "sk-0123456789abcdef0123456789abcdef"
MODEL = "small"


@dataclass(frozen=True)
class Start:
    """How a gateway is started: its command, what is added to its environment, and the key that it asks for.

    Attributes:
        path: Where it takes requests for embeddings.
        input_only: Whether its requests hold the input alone: the path names the model, and it always sends floats.
    """

    command: list[str]
    key: str = KEY
    environ: dict[str, str] = field(default_factory=dict)
    path: str = "/v1/embeddings"
    input_only: bool = False


@dataclass(frozen=True)
class Gateway:
    """One gateway. `prepare` takes (its Python, a folder, its port, the upstream's port) and writes its settings.

    Attributes:
        on: What is on, for the reader of the figures.
    """

    on: str
    prepare: Callable[[str, Path, int, int], Start]


ONEVEC = """
[server]
port = {port}
[auth]
keys = "keys.json"
[limits]
requests_per_minute = 1000000000
tokens_per_minute = 1000000000
{more}
[deployments.small]
model = "openai:text-embedding-3-small"
api_base = "http://127.0.0.1:{upstream}/v1"
api_key = "env:UPSTREAM_KEY"
"""


def onevec(more: str = "") -> Callable[[str, Path, int, int], Start]:
    """Ours, with further sections of the configuration."""

    def prepare(python: str, folder: Path, port: int, upstream: int) -> Start:
        config, keys = folder / "onevec.toml", folder / "keys.json"
        config.write_text(ONEVEC.format(port=port, upstream=upstream, more=more))
        add = [python, "-m", "onevec", "keys", "add", "bench", "-f", str(keys)]
        key = subprocess.run(add, check=True, capture_output=True, text=True).stdout.split()[-1]
        return Start([python, "-m", "onevec", "serve", "--config", str(config)], key, {"UPSTREAM_KEY": "sk-upstream"})

    return prepare


LITELLM = """
model_list:
  - model_name: small
    litellm_params:
      model: openai/text-embedding-3-small
      api_base: http://127.0.0.1:{upstream}/v1
      api_key: sk-upstream
      rpm: 1000000000
      tpm: 1000000000
litellm_settings:
  telemetry: false
  json_logs: true
router_settings:
  optional_pre_call_checks: ["enforce_model_rate_limits"]
general_settings:
  master_key: {key}
"""


def litellm(python: str, folder: Path, port: int, upstream: int) -> Start:
    config = folder / "litellm.yaml"
    config.write_text(LITELLM.format(upstream=upstream, key=KEY))
    command = [str(Path(python).with_name("litellm")), "--config", str(config), "--host", "127.0.0.1"]
    offline = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False", "NO_DOCS": "True"}
    return Start([*command, "--port", str(port), "--num_workers", "1"], environ=offline)


MLFLOW = """
endpoints:
  - name: small
    endpoint_type: llm/v1/embeddings
    model:
      provider: openai
      name: text-embedding-3-small
      config:
        openai_api_key: sk-upstream
        openai_api_base: http://127.0.0.1:{upstream}/v1
    limit:
      calls: 1000000000
      renewal_period: minute
"""


def mlflow(python: str, folder: Path, port: int, upstream: int) -> Start:
    config = folder / "mlflow.yaml"
    config.write_text(MLFLOW.format(upstream=upstream))
    command = [python, "-m", "mlflow", "gateway", "start", "--config-path", str(config), "--host", "127.0.0.1"]
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    path = f"/gateway/{MODEL}/invocations"
    return Start([*command, "--port", str(port), "--workers", "1"], environ=quiet, path=path, input_only=True)


GATEWAYS = {
    "onevec": Gateway("key of a keys file, limits of the caller, line in JSON", onevec()),
    "onevec, cache hot": Gateway("the same, and the cache holds every text", onevec("[cache]\n")),
    "litellm": Gateway("master key, limits of the model, line in JSON", litellm),
    "mlflow": Gateway("no key (it has none), limit of calls, access log; always floats", mlflow),
}
