"""OTHERS: what can be wrong with the model's page and with images."""

from dataclasses import replace

from .broken import Fault
from .planting import PAGE, SUCCESS, answers, changed_items, found_by

OTHERS = (
    Fault(
        "info without a name",
        found_by("info.fields"),
        lambda asked, answered: (
            answered.written({"model_type": "embedding", "model_provider_name": "p"})
            if asked.path == "/info" and asked.method == "GET"
            else answered
        ),
    ),
    Fault(
        "info of a chat model",
        found_by("info.type"),
        lambda asked, answered: (
            answered.written(answered.json | {"model_type": "chat"})
            if asked.path == "/info" and asked.method == "GET"
            else answered
        ),
    ),
    Fault(
        "info is a page",
        found_by("info.fields"),
        lambda asked, answered: (
            replace(answered, body=PAGE) if asked.path == "/info" and asked.method == "GET" else answered
        ),
    ),
    Fault(
        "images fail",
        found_by("image.answer", "image.pair"),
        answers(500, lambda asked, answered: asked.path.startswith("/images") and answered.status == 200),
    ),
    Fault(
        "an image without a vector",
        found_by("image.answer", "image.pair"),
        changed_items(lambda number, vector: [], lambda asked, items: asked.path.startswith("/images")),
    ),
    Fault(
        "nonsense is an image",
        found_by("image.invalid"),
        answers(200, lambda asked, answered: asked.path.startswith("/images") and answered.status == 400, SUCCESS),
    ),
)
