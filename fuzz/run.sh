#!/usr/bin/env bash
# Runs every fuzz target for a while, or one of them, on its seeds and on what earlier runs found.
#
#   fuzz/run.sh [SECONDS [TARGET]]     60 seconds each
#
# Needs a nightly Rust toolchain and a C++ compiler; cargo-fuzz is installed into .cache/. A crash
# ends the run with its input under fuzz/artifacts/.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
targets=${2:-stored_event command_body csv_import query audit_file}
version=0.13.2

tools="$PWD/.cache/tools"
if ! "$tools/bin/cargo-fuzz" --version 2>/dev/null | grep -qF " $version"; then
    CARGO_PROFILE_RELEASE_OPT_LEVEL=0 cargo install cargo-fuzz --version "$version" --locked --root "$tools" --quiet
fi
export PATH="$tools/bin:$PATH"

for target in $targets; do
    found=".cache/fuzz/$target"
    mkdir -p "$found"
    # The seeds of stored events are the samples.
    seeds=("fuzz/corpus/$target")
    [ "$target" = stored_event ] && seeds=(schemas/samples/events)
    # The code is safe Rust throughout (`unsafe_code = "forbid"`): an address sanitizer would only
    # make it slower.
    cargo +nightly fuzz run --sanitizer none "$target" "$found" "${seeds[@]}" -- \
        -max_total_time="$seconds" -max_len=8192 -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 2>&1 |
        grep -vE '^(#|INFO|\tNEW_FUNC)' || { echo "$target failed"; exit 1; }
done
