#!/usr/bin/env bash
# Generates clients from every OpenAPI document with the generators that people use, compiles them, and
# reads every sample and every example of a document with what was generated.
#
#   schemas/generators.sh
#
# Needs python3 (3.11 or newer) with venv and pip, and node with npm. The generators are installed into
# .cache/, and what they make is left there to be looked at.
set -euo pipefail
cd "$(dirname "$0")/.."
python_tools=(openapi-python-client==0.29.1 datamodel-code-generator==0.89.0 pydantic==2.14.4 ruff==0.17.6)
node_tools=(openapi-typescript@7.13.0 typescript@5.9.3)

tools="$PWD/.cache/generators"
pins=$(printf '%s\n' "${python_tools[@]}" "${node_tools[@]}")
if [ "$(cat "$tools/pins" 2>/dev/null)" != "$pins" ]; then
    rm -rf "$tools"
    python3 -m venv "$tools/venv"
    "$tools/venv/bin/pip" install --quiet "${python_tools[@]}"
    npm install --silent --no-audit --no-fund --prefix "$tools" "${node_tools[@]}"
    printf '%s\n' "$pins" >"$tools/pins"
fi
export PATH="$tools/venv/bin:$tools/node_modules/.bin:$PATH"

made="$PWD/.cache/generated"
rm -rf "$made"
mkdir -p "$made"
for path in schemas/openapi/*.json; do
    document=$(basename "$path" .json)
    name=${document//-/_}
    echo "== $document"
    openapi-python-client generate --path "$path" --output-path "$made/client_$name" --meta none \
        --config schemas/generators/openapi-python-client.json --fail-on-warning
    datamodel-codegen --input "$path" --input-file-type openapi --output "$made/models_$name.py" \
        --output-model-type pydantic_v2.BaseModel --target-python-version 3.11 --formatters builtin
    openapi-typescript "$path" --output "$made/types_$name.d.ts"
    PYTHONPATH="$made" PYTHONDONTWRITEBYTECODE=1 python3 -W error schemas/generators/read_samples.py \
        "$path" "models_$name" "client_$name" "types_$name" "$made/samples_$name.ts"
done

echo "== compile"
python3 -W error -m compileall -q "$made"
tsc --noEmit --strict --skipLibCheck false --module esnext --target es2022 "$made"/*.ts
echo "everything that was generated compiles, and reads what is written"
