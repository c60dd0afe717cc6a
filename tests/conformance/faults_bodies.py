"""BODIES: what can be wrong with a success."""

from .broken import Fault
from .planting import (
    PAGE,
    Second,
    answers,
    changed_body,
    changed_items,
    drop,
    flatten,
    floats,
    found_by,
    header,
    is_plain,
    is_success,
    plant,
    same_index,
    shake,
    shift,
    shorten,
    swap,
    usage,
)

BODIES = (
    Fault("500", found_by("answer.status"), answers(500, is_plain)),
    Fault(
        "one vector for all",
        found_by(
            "vector.distinct",
            "batch.order",
            "batch.alone",
            "encoding.int8.scale",
            *(f"encoding.{name}.values" for name in ("base64", "int8", "uint8", "binary", "ubinary")),
        ),
        changed_body(flatten),
    ),
    Fault("no model", found_by("answer.fields"), changed_body(lambda asked, body: body.pop("model"))),
    Fault("object is no list", found_by("answer.fields"), changed_body(lambda asked, body: body.update(object="set"))),
    Fault("no id", found_by("answer.id"), changed_body(lambda asked, body: body.pop("id"))),
    Fault(
        "items without object",
        found_by("answer.items"),
        changed_body(lambda asked, body: body["data"][-1].pop("object")),
    ),
    Fault(
        "items without index", found_by("answer.items"), changed_body(lambda asked, body: body["data"][-1].pop("index"))
    ),
    Fault("swapped order", found_by("batch.order", "batch.large"), changed_body(swap)),
    Fault("index off by one", found_by("answer.index"), changed_body(shift)),
    Fault("every index 0", found_by("answer.index"), changed_body(same_index)),
    Fault("unsorted items", found_by("answer.index"), changed_body(lambda asked, body: body["data"].reverse())),
    Fault("an item too few", found_by("answer.count", "batch.large", "input.unicode"), changed_body(drop)),
    Fault("NaN", found_by("vector.finite"), changed_items(plant(float("nan")), floats)),
    Fault("more than float32 holds", found_by("vector.finite"), changed_items(plant(1e300), floats)),
    Fault("a number in a text", found_by("vector.numbers"), changed_items(plant("0.5"), floats)),
    Fault("a truncated vector", found_by("vector.numbers"), changed_items(shorten, floats)),
    Fault(
        "a batch differs from its texts alone",
        found_by("batch.alone"),
        changed_items(shake, lambda asked, items: len(items) == 1 and floats(asked, items)),
    ),
    Fault("another vector the second time", found_by("batch.repeat"), changed_items(shake, Second())),
    Fault("no usage", found_by("usage.fields"), changed_body(lambda asked, body: body.pop("usage"))),
    Fault("usage is null", found_by("usage.fields"), usage(prompt_tokens=None)),
    Fault("usage in fractions", found_by("usage.fields"), usage(total_tokens=1.5)),
    Fault("usage of nothing", found_by("usage.positive"), usage(prompt_tokens=0, total_tokens=0)),
    Fault(
        "more tokens in all than read",
        found_by("usage.total"),
        changed_body(lambda asked, body: body["usage"].update(total_tokens=body["usage"]["prompt_tokens"] + 1)),
    ),
    Fault("usage of one text", found_by("usage.sum"), usage(prompt_tokens=5, total_tokens=5)),
    Fault("another content type", found_by("answer.content-type"), header("content-type", "text/plain", is_success)),
    Fault(
        "a page instead of JSON",
        found_by("answer.json"),
        answers(
            200,
            lambda asked, answered: (
                is_success(asked, answered) and asked.json.get("input", "")[1:2] and floats(asked, ())
            ),
            PAGE,
        ),
    ),
)
