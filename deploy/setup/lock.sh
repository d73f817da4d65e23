#!/bin/sh
# Renews the lock files from requirements*.txt, deploy/setup/*.txt and package.json: exact versions and hashes, for Python 3.11
# to 3.13 on every platform, and no registry's name. UPGRADE=1 takes newer versions; otherwise what is locked stays.
set -eu
HERE=$(cd "$(dirname "$0")/.." && pwd)
ROOT=$(dirname "$HERE")
LEVEL=test
TOOLS="$ROOT/var/tools"
VENV="$ROOT/.venv"
. "$HERE/setup/say.sh"
. "$HERE/setup/python.sh"
. "$HERE/setup/front.sh"

find_python
get_tools uv
pass_on_pip_settings

compile() { # compile IN OUT [uv option…]
  from=$1
  to=$2
  shift 2
  "$TOOLS/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
    --no-emit-index-url ${UPGRADE:+--upgrade} "$@" "$from" -o "$to"
}

cd "$ROOT"
compile requirements.txt requirements.lock
compile requirements-dev.txt requirements-dev.lock -c requirements.lock
for name in uv node build; do compile "deploy/setup/$name.txt" "deploy/setup/$name.lock"; done
find_node
run_npm install --package-lock-only --loglevel=error
printf '✓ 锁文件已更新 · lock files renewed\n'
