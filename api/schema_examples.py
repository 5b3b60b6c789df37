"""Puts the examples of `api.examples` beside every answer of the OpenAPI document that has none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from api.examples import EXAMPLES

METHODS: Final = ("get", "post", "put", "patch", "delete")


def add_examples(
    result: dict[str, Any],
    generator: Any,  # noqa: ARG001 - drf-spectacular fixes the signature
    request: Any,  # noqa: ARG001
    public: bool,  # noqa: ARG001, FBT001
) -> dict[str, Any]:
    """Give each answer of a named shape its example; a page's follows from that of its items."""
    shapes = result.get("components", {}).get("schemas", {})
    for _operation, content in json_answers(result):
        shape = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        example = example_of(shape, shapes)
        if example is not None and not has_example(content):
            content["examples"] = {shape: {"value": example}}
    return result


def json_answers(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every JSON answer of success: its operation's id, and the media type's object."""
    for operations in document["paths"].values():
        for method in METHODS:
            operation = operations.get(method, {})
            for status, answer in operation.get("responses", {}).items():
                for media_type, content in answer.get("content", {}).items():
                    if status.startswith("2") and "json" in media_type:
                        yield operation["operationId"], content


def has_example(content: Mapping[str, Any]) -> bool:
    """Tell whether an answer shows one already."""
    return bool(content.get("examples") or content.get("example"))


def example_of(shape: str, shapes: Mapping[str, Any]) -> object | None:
    """Return the example of a shape; of a page of shapes that have one, a page of it; else None."""
    if shape in EXAMPLES:
        return EXAMPLES[shape]
    properties = shapes.get(shape, {}).get("properties", {})
    if set(properties) != {"results", "next"}:
        return None
    item = properties["results"].get("items", {}).get("$ref", "").rpartition("/")[2]
    return {"results": [EXAMPLES[item]], "next": None} if item in EXAMPLES else None
