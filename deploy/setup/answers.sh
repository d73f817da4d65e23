#!/bin/sh
# Runs `make run` until it answers, prints how long that took, and stops it. Used by deploy/try-fresh.sh.
set -eu
export SLUICE_PORT="${SLUICE_PORT:-8765}"
started=$(date +%s)
make --no-print-directory run &
running=$!
trap 'kill $running 2>/dev/null; wait $running 2>/dev/null || true' EXIT
answer='import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=2)'
while ! .venv/bin/python -c "$answer" "http://127.0.0.1:$SLUICE_PORT/healthz" >/dev/null 2>&1; do
  kill -0 $running 2>/dev/null || { echo "✗ make run 没有起来 · make run ended early" >&2; exit 1; }
  [ $(($(date +%s) - started)) -gt 600 ] && { echo "✗ 十分钟没有应答 · no answer in ten minutes" >&2; exit 1; }
  sleep 1
done
echo "✓ make run 应答 · make run answered after $(($(date +%s) - started))s"
