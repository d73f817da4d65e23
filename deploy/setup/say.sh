# How the set-up talks: numbered steps with seconds, and on failure what happened and what to do next.

STEP=0
STEPS=3
STARTED=$(date +%s)

step() { # step "text": begins the next numbered step
  STEP=$((STEP + 1))
  STEP_STARTED=$(date +%s)
  printf '[%s/%s] %s\n' "$STEP" "$STEPS" "$1"
}

note() { printf '      %s\n' "$1"; }

done_step() { # done_step "text": closes the step with its seconds
  printf '      ✓ %s (%ss)\n' "$1" "$(($(date +%s) - STEP_STARTED))"
}

fail() { # fail "what happened" "what to do" …: explains and ends the set-up
  printf '\n✗ %s\n' "$1" >&2
  shift
  for line in "$@"; do printf '  → %s\n' "$line" >&2; done
  exit 1
}

logged() { # logged NAME COMMAND…: output into var/setup/NAME.log, its tail shown when the command fails
  log="$ROOT/var/setup/$1.log"
  shift
  "$@" >"$log" 2>&1 </dev/null && return 0
  printf '\n--- %s ---\n' "var/setup/${log##*/}" >&2
  tail -n 25 "$log" >&2
  return 1
}

fingerprint() { # fingerprint FILE…: one hash over the files' contents
  if command -v sha256sum >/dev/null 2>&1; then cat "$@" | sha256sum; else cat "$@" | shasum -a 256; fi | cut -c1-64
}
