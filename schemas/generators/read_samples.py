"""Reads every sample and every example with generated models, and compares what they write back.

    read_samples.py DOCUMENT MODELS CLIENT TYPES PROGRAM

DOCUMENT is an OpenAPI document; MODELS the module that datamodel-code-generator made of it; CLIENT
the package that openapi-python-client made of it. Both stand in folders of PYTHONPATH. What a model
reads, it must write back with the same members and values: nothing is lost, nothing is taken for
something else. PROGRAM is written: it says in TypeScript that each value is of its type in TYPES, the
module that openapi-typescript made, and must compile.
"""

import importlib
import json
import pathlib
import pkgutil
import sys
from datetime import datetime

import pydantic

SAMPLES = pathlib.Path(__file__).parent.parent / "samples"
PREFIX = "#/components/schemas/"
# Schemas that say that more members may come.
OPEN = ("Problem", "Envelope")


def samples(document):
    """Every sample with the name of its schema, as far as the document has it."""
    schemas = document["components"]["schemas"]
    for path in sorted((SAMPLES / "commands").glob("*.json")):
        operation = document["paths"].get(f"/v1/commands/{path.stem}", {}).get("post")
        if operation:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            yield path.name, schema, json.loads(path.read_text())
    if "Envelope" not in schemas:
        return
    for path in sorted((SAMPLES / "events").glob("*.json")):
        event = json.loads(path.read_text())
        yield path.name, {"$ref": PREFIX + "Envelope"}, event
        title = json.loads((SAMPLES.parent / "events" / path.name).read_text())["title"]
        if is_newest(path):
            yield f"{path.name}: data", {"$ref": PREFIX + title}, event["data"]


def is_newest(path):
    """Whether no later version of the event is there: a document has the newest one alone."""
    event, version = path.name.removesuffix(".json").rsplit(".v", 1)
    return not path.with_name(f"{event}.v{int(version) + 1}.json").exists()


def examples(part, document, where=""):
    """Every example of a body with its schema; of lines, every line with the schema of a line."""
    if isinstance(part, list):
        for index, item in enumerate(part):
            yield from examples(item, document, f"{where}/{index}")
    if not isinstance(part, dict):
        return
    values = [named["value"] for named in part.get("examples", {}).values()] if "schema" in part else []
    values += [part["example"]] if "example" in part else []
    for value in values:
        if "x-itam-line" in part:
            for number, line in enumerate(value.splitlines()):
                yield f"{where} line {number}", part["x-itam-line"], json.loads(line)
        elif "$ref" in part.get("schema", {}):
            yield where, part["schema"], value
    for name, member in part.items():
        if name not in ("example", "examples", "schemas"):
            yield from examples(member, document, f"{where}/{name}")


def same(read, written):
    """Whether two values are the same; instants may be written in several ways."""
    if isinstance(read, dict) and isinstance(written, dict):
        return read.keys() == written.keys() and all(same(read[name], written[name]) for name in read)
    if isinstance(read, list) and isinstance(written, list):
        return len(read) == len(written) and all(map(same, read, written))
    if isinstance(read, str) and isinstance(written, str) and read != written:
        try:
            return datetime.fromisoformat(read) == datetime.fromisoformat(written)
        except ValueError:
            return False
    return read == written and isinstance(read, bool) == isinstance(written, bool)


def strays(value):
    """The members that a model of openapi-python-client kept although its schema has not named them."""
    if isinstance(value, list):
        return [stray for item in value for stray in strays(item)]
    if not hasattr(value, "__attrs_attrs__"):
        return []
    named = [field.name for field in value.__attrs_attrs__ if field.name != "additional_properties"]
    found = [stray for name in named for stray in strays(getattr(value, name))]
    if named and type(value).__name__ not in OPEN:
        found += list(getattr(value, "additional_properties", {}))
    return found


class Models:
    """What datamodel-code-generator made."""

    def __init__(self, module):
        self.module = importlib.import_module(module)

    def read_and_write(self, name, value):
        adapter = pydantic.TypeAdapter(getattr(self.module, name))
        read = adapter.validate_json(json.dumps(value))
        return adapter.dump_python(read, mode="json", by_alias=True, exclude_unset=True)


class Client:
    """What openapi-python-client made."""

    def __init__(self, package, document):
        client = importlib.import_module(package)
        for module in pkgutil.walk_packages(client.__path__, f"{package}."):
            importlib.import_module(module.name)
        self.models = importlib.import_module(f"{package}.models")
        self.schemas = document["components"]["schemas"]

    def read_and_write(self, name, value):
        forms = self.schemas[name].get("oneOf")
        names = [form["$ref"].removeprefix(PREFIX) for form in forms] if forms else [name]
        refusals = []
        for name in names:
            try:
                read = getattr(self.models, name).from_dict(value)
            except (AttributeError, KeyError, TypeError, ValueError) as refusal:
                refusals.append(f"{name}: {refusal!r}")
                continue
            if strays(read):
                raise ValueError(f"{name} has not named {strays(read)}")
            return read.to_dict()
        raise ValueError("; ".join(refusals))


def without_strangers(name, value, written):
    """The value without the further members of an open schema, which pydantic leaves out."""
    if name in OPEN:
        return {member: value[member] for member in value if member in written}
    if name == "BatchProblem" or name == "BatchResult" and "problem" in value:
        return value | {"problem": without_strangers("Problem", value["problem"], written["problem"])}
    return value


def program(types, read):
    """A program that gives every value the type of its schema; it compiles if each has it."""
    lines = [f'import type {{ components }} from "./{types}";']
    for _, name, value in read:
        schema = f'components["schemas"]["{name}"]'
        further = " & Record<string, unknown>" if name in OPEN else ""
        lines.append(f"(({json.dumps(value)}) satisfies {schema}{further});")
    return "\n".join(lines) + "\n"


def main(document, models, client, types, program_path):
    document = json.loads(pathlib.Path(document).read_text())
    readers = [Models(models), Client(client, document)]
    found = [*samples(document), *examples(document, document)]
    found = [(where, schema["$ref"].removeprefix(PREFIX), value) for where, schema, value in found]
    pathlib.Path(program_path).write_text(program(types, found))
    failures = []
    for where, name, value in found:
        for reader in readers:
            what = f"{where} as {name} of {type(reader).__name__.lower()}"
            try:
                written = reader.read_and_write(name, value)
            except Exception as refusal:
                failures.append(f"{what}: {refusal}")
                continue
            expected = without_strangers(name, value, written) if isinstance(reader, Models) else value
            if not same(expected, written):
                failures.append(f"{what}: read {json.dumps(value)}, wrote {json.dumps(written)}")
    print(f"{len(found)} samples and examples read, {len(failures)} failures")
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
