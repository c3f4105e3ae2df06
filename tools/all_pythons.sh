#!/usr/bin/env bash
# Runs .ci/run once for each supported Python that this machine has, and says how each went.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."

# pyenv's shims answer only for versions that are switched on.
if command -v pyenv >/dev/null 2>&1; then
    PYENV_VERSION="$(pyenv versions --bare | paste -sd: -)"
    export PYENV_VERSION
fi

find_python() {
    if "python$1" -c "" >/dev/null 2>&1; then
        "python$1" -c "import sys; print(sys.executable)"
    elif command -v uv >/dev/null 2>&1; then
        uv python find --no-python-downloads "$1" 2>/dev/null
    fi
}

report=""
failed=0
found=0
for version in 3.10 3.11 3.12 3.13; do
    python="$(find_python "$version")"
    if [ -z "$python" ]; then
        report+="$version  not installed"$'\n'
        continue
    fi
    found=1
    echo "== Python $version"
    if PYTHON="$python" .ci/run; then
        report+="$version  passed"$'\n'
    else
        report+="$version  FAILED"$'\n'
        failed=1
    fi
done

printf '\n%s' "$report"
[ "$found" = 1 ] && [ "$failed" = 0 ]
