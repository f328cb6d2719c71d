"""`wavyte validate`, `wavyte plan` and `wavyte schema`."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import Any

from wavyte_gpu.cli.context import Context
from wavyte_gpu.cli.engine import as_error, assets_root, load_document, open_session, read_composition, read_source
from wavyte_gpu.cli.options import UsageError, add_document, add_output, parse_frame
from wavyte_gpu.foundation.errors import ExpressionError, LimitError, Problem, SchemaError, UnsupportedError

__all__ = ["add_verbs"]


def add_verbs(verbs: Any) -> None:
    """Add this file's verbs to the parser."""
    parser = verbs.add_parser("validate", help="every problem of a document, assets opened too", allow_abbrev=False)
    add_document(parser, overrides=False)
    parser.add_argument("--schema-only", action="store_true", help="the document alone, no file is opened")
    add_output(parser, json_help="one JSON object {ok, errors, warnings, problems}")
    parser.set_defaults(run=run_validate)

    parser = verbs.add_parser("plan", help="the render plan of one frame", allow_abbrev=False)
    add_document(parser)
    parser.add_argument("frame", metavar="N", help="frame number, or a time such as 1.5s")
    parser.add_argument("--dot", action="store_true", help="as a Graphviz graph")
    add_output(parser, json_help="as JSON")
    parser.set_defaults(run=run_plan)

    parser = verbs.add_parser("schema", help="JSON Schema of the document", allow_abbrev=False)
    parser.set_defaults(run=run_schema)


def run_validate(args: Namespace, context: Context) -> int:
    """Report every problem; 2 when one is an error."""
    ui = context.ui
    if args.schema_only and args.assets is not None:
        raise UsageError("--assets: --schema-only opens no asset")
    problems: list[Problem]
    file = "<stdin>" if args.comp == "-" else args.comp
    try:
        problems, file = _problems(args)
    except (SchemaError, UnsupportedError, LimitError, ExpressionError) as error:
        problems = list(error.problems)
    if args.strict:
        problems = [as_error(problem) for problem in problems]
    problems = [problem.with_file(file) for problem in problems]
    errors = sum(1 for problem in problems if problem.severity == "error")
    warnings = len(problems) - errors
    if ui.json_lines:
        ui.object(
            {
                "ok": errors == 0,
                "errors": errors,
                "warnings": warnings,
                "problems": [problem.to_dict() for problem in problems],
            }
        )
        return 2 if errors else 0
    for problem in problems:
        if problem.severity == "error":
            ui.error(problem, 2)
        else:
            ui.warn(problem)
    if not errors:
        ui.say(f"{file}: ok" + (f", {_count(warnings, 'warning')}" if warnings else ""))
    else:
        ui.say(f"{file}: {_count(errors, 'error')}, {_count(warnings, 'warning')}")
    return 2 if errors else 0


def run_plan(args: Namespace, context: Context) -> int:
    """Print a plan. It does not depend on the backend, so no adapter is opened."""
    if args.json and args.dot:
        raise UsageError("--json and --dot contradict each other")
    document = load_document(args)
    number = parse_frame(args.frame, document.comp.fps)
    if not 0 <= number < document.comp.duration:
        raise UsageError(f"frame {args.frame} is outside the composition's frames [0, {document.comp.duration})")
    with open_session(document, args, context.ui, backend="reference", enable_audio=False) as session:
        if args.json:
            context.ui.object(session.plan_json(number), indent=2)
        else:
            context.ui.data((session.plan_dot(number) if args.dot else session.plan_text(number)).rstrip("\n"))
    return 0


def run_schema(args: Namespace, context: Context) -> int:
    """Print the JSON Schema of documents."""
    from wavyte_gpu.registry import installed
    from wavyte_gpu.schema import document_schema

    kinds = installed()
    context.ui.data(
        json.dumps(document_schema(kinds.effect_kinds(), kinds.transition_kinds()), indent=2, ensure_ascii=False)
    )
    return 0


def _problems(args: Namespace) -> tuple[list[Problem], str]:
    """Return the problems of a document and the name of its file."""
    if args.schema_only:
        import wavyte_gpu as wv

        source, file = read_source(args.comp)
        return wv.validate_schema(source), file
    comp, file = read_composition(args)
    return list(comp.check(assets_root(args))), file


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
