"""The REST contract as documents: OpenAPI, and a page of its routes."""

from __future__ import annotations

import json
from typing import Any

from command_center.api.assembly import build_api
from command_center.api.problems import ProblemDetails, titles


def pretty(document: Any) -> str:
    """JSON as it is committed: readable, stable."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def openapi() -> dict[str, Any]:
    """The OpenAPI document, with the one shape that every error has."""
    schema: dict[str, Any] = json.loads(
        json.dumps(build_api().get_openapi_schema(path_prefix="/api/v1/"))
    )
    components = schema.setdefault("components", {}).setdefault("schemas", {})
    problem = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    components.update(problem.pop("$defs", {}))
    components["ProblemDetails"] = problem
    answer = {
        "description": "A problem (RFC 9457)",
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}
        },
    }
    for operations in schema["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = answer
    return schema


def documents() -> dict[str, str]:
    """The generated files of the REST API."""
    schema = openapi()
    return {"docs/api/openapi.json": pretty(schema), "docs/protocol/rest.md": _page(schema)}


def _page(schema: dict[str, Any]) -> str:
    lines = [
        "# REST",
        "",
        "Generated from the code by `make generate`; the full contract is [openapi.json](../api/openapi.json).",
        "",
        "All paths begin with `/api/v1`. `POST /session` opens a session and sets two cookies; send the",
        "`csrftoken` cookie back as the header `X-CSRFToken` with every POST and DELETE. Lists answer",
        '`{"items": […], "next": cursor|null}`; pass `next` as `cursor` for the following page. What lies',
        "outside one's jurisdictions does not exist: 404. Times are UTC, ISO 8601 with milliseconds.",
        "",
        "| method and path | what | parameters |",
        "|---|---|---|",
    ]
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            names = ", ".join(f"`{item['name']}`" for item in operation.get("parameters", []))
            text = operation.get("description", operation.get("summary", "")).split("\n")[0]
            short = path.removeprefix("/api/v1")
            lines.append(f"| `{method.upper()} {short}` | {text} | {names} |")
    lines += [
        "",
        "## Errors",
        "",
        "Every error is `application/problem+json` (RFC 9457) with a stable `code`; wrong fields are named in",
        '`errors: [{"field", "message", "code"}]`.',
        "",
        "| status | code | title |",
        "|---|---|---|",
        *(f"| {status} | `{code}` | {title} |" for code, (status, title) in titles().items()),
        "",
    ]
    return "\n".join(lines)
