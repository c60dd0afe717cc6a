"""What is installed: Python, onevec, the packages that it needs, and those of its extras."""

import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import onevec
from onevec.cli.doctor.findings import Asked, Finding, note, ok, problem

GIVES: Mapping[str, str] = {
    "bulk": "datasets: `onevec run` and `onevec search`",
    "s3": "a bucket of S3 as the input of a run",
    "gcs": "a bucket of Google Cloud Storage as the input of a run",
    "az": "a container of Azure Blob Storage as the input of a run",
    "http": "files of a web server as the input of a run",
    "sql": "a database's query as the input of a run",
    "lance": "LanceDB as the output of a run",
    "qdrant": "Qdrant as the output of a run",
    "pgvector": "PostgreSQL with pgvector as the output of a run",
    "ray": "runs and replicas on a Ray cluster",
    "langchain": "LangChain embeds through onevec",
    "llama-index": "LlamaIndex embeds through onevec",
    "haystack": "Haystack embeds through onevec",
    "chroma": "Chroma embeds through onevec",
    "dspy": "DSPy embeds through onevec",
    "mteb": "MTEB evaluates any model that onevec has",
    "aws": "Amazon's profiles, single sign-on and roles",
    "google": "Google's application default credentials",
    "azure": "azure.ai.inference's clients: `onevec.azure`",
    "migrate": "`onevec azure migrate`",
    "entra": "a server that takes tokens of Microsoft Entra ID",
    "redis": "limits, budgets and a cache that replicas share",
    "ledger": "a ledger of usage, in SQLite",
    "postgres": "a ledger in PostgreSQL",
    "gateway": "all that several replicas want",
    "otel": "spans of OpenTelemetry",
    "tiktoken": "token ids of OpenAI's models, read back to text",
    "torch": "graphics cards, and models that only torch runs",
    "plot": "`onevec bench --plot`",
}
"""What each extra gives to users; the others are for the project's own work."""


@dataclass(frozen=True, slots=True)
class Installed:
    """Facts of packages.

    Attributes:
        python: The version of Python.
        requirements: What onevec's metadata asks for; None where onevec is not installed, but run from a folder.
        versions: Of every package that is installed, by its name in lower case with hyphens.
    """

    python: str
    requirements: Sequence[str] | None
    versions: Mapping[str, str]


def gather(_asked: Asked) -> Installed:
    """Look into the metadata of all packages; none of them is imported."""
    versions: dict[str, str] = {}
    for one in metadata.distributions():
        name, version = one.metadata["Name"], one.metadata["Version"]
        if name and version:
            versions.setdefault(canonicalize_name(name), version)  # of several, the first is imported
    try:
        requirements = metadata.requires("onevec")
    except metadata.PackageNotFoundError:
        requirements = None
    return Installed(platform.python_version(), requirements, versions)


def judge(facts: Installed) -> Iterable[Finding]:
    """Python and onevec, what is missing of the base, and a line for each extra."""
    yield ok("python", facts.python)
    if facts.requirements is None:
        yield note("onevec", f"{onevec.__version__}, run from a folder: its extras are not known", "pip install -e .")
        return
    wanted = [Requirement(text) for text in facts.requirements]
    faults = [fault for one in wanted if _applies(one, "") and (fault := lacking(one, facts.versions))]
    if faults:
        yield problem("onevec", f"{onevec.__version__}, {', '.join(faults)}", "pip install --upgrade onevec")
    else:
        yield ok("onevec", f"{onevec.__version__}, with all that it needs")
    for extra, gives in GIVES.items():
        yield from _extra(extra, gives, wanted, facts.versions)


def _extra(extra: str, gives: str, wanted: Sequence[Requirement], versions: Mapping[str, str]) -> Iterable[Finding]:
    parts = list(_parts(extra, wanted))
    faults = [fault for one in parts if (fault := lacking(one, versions))]
    if not parts:
        return
    if not faults:
        have = ", ".join(dict.fromkeys(f"{one.name} {versions[canonicalize_name(one.name)]}" for one in parts))
        yield ok(extra, f"{gives} ({have})")
        return
    old = [fault for fault in faults if "is installed" in fault]
    make = problem if old and len(faults) == len(old) else note
    why = ", ".join(faults) if old else "not installed"
    yield make(extra, f"{gives}: {why}", f"pip install 'onevec[{extra}]'")


def _parts(extra: str, wanted: Sequence[Requirement]) -> Iterable[Requirement]:
    """The packages of an extra, those of the extras within it among them."""
    for one in wanted:
        if _applies(one, extra) and not _applies(one, ""):
            if canonicalize_name(one.name) == "onevec":
                for inner in sorted(one.extras):
                    yield from _parts(inner, wanted)
            else:
                yield one


def _applies(one: Requirement, extra: str) -> bool:
    return one.marker is None or one.marker.evaluate({"extra": extra})


def lacking(one: Requirement, versions: Mapping[str, str]) -> str | None:
    """What is wrong with a package, in words; None where nothing is.

    >>> lacking(Requirement("a>=2"), {"a": "1.0"}), lacking(Requirement("a"), {}), lacking(Requirement("a"), {"a": "1"})
    ('a 1.0 is installed and >=2 is needed', 'a is missing', None)
    """
    found = versions.get(canonicalize_name(one.name))
    if found is None:
        return f"{one.name} is missing"
    if one.specifier.contains(found, prereleases=True):
        return None
    return f"{one.name} {found} is installed and {one.specifier} is needed"
