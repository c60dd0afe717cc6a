"""Call: what is known of one request by the time it is answered; logs, metrics and traces are made of it."""

from dataclasses import dataclass

from onevec.server.routes import Route


@dataclass(slots=True)
class Call:
    """One request, from its first byte to its last. It never holds an input or a key.

    Attributes:
        started: Reading of `time.perf_counter` when it came.
        caller: Name of the key, subject of the token, or address; None when he was not let in.
        status: What it was answered; 499 when the client had gone.
        code: Code of the error; None after a success.
        inference: Seconds that the deployment took.
        inputs_field: What the body calls the inputs, where its dialect has several words for them.
        headers: What the reply tells beyond its own headers, success or not.
    """

    route: Route
    request_id: str
    started: float
    caller: str | None = None
    deployment: str | None = None
    inputs: int = 0
    tokens: int | None = None
    inference: float | None = None
    status: int = 0
    code: str | None = None
    model: str | None = None
    dimensions: int | None = None
    encoding: str | None = None
    traceparent: str | None = None
    inputs_field: str | None = None
    headers: tuple[tuple[bytes, bytes], ...] = ()
    seconds: float = 0.0
