"""Every answer in JSON is shown by an example, and every example is what its schema says."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from jsonschema import (  # type: ignore[import-untyped]  # comes with drf-spectacular
    Draft202012Validator,
)

from api.examples import EXAMPLES
from api.schema_examples import has_example, json_answers


@cache
def document() -> dict[str, Any]:
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return made


def test_every_json_answer_has_an_example() -> None:
    bare = [
        name for name, content in json_answers(document()) if not has_example(content)
    ]
    assert bare == []


def test_every_example_is_in_the_document() -> None:
    shapes = document()["components"]["schemas"]
    assert set(EXAMPLES) - set(shapes) == set()


@pytest.mark.parametrize("number", range(sum(1 for _ in json_answers(document()))))
def test_an_example_fits_its_schema(number: int) -> None:
    name, content = list(json_answers(document()))[number]
    validator = Draft202012Validator(
        {**content["schema"], "components": document()["components"]}
    )
    for shown in content.get("examples", {}).values():
        faults = [
            f"{one.json_path}: {one.message}"
            for one in validator.iter_errors(shown["value"])
        ]
        assert faults == [], name
