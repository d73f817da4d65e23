# Python: finds 3.11–3.13, gets uv (pinned, in var/tools), installs the locked packages with their hashes into .venv.

# durable-rules 2.0.28 calls a function that Python 3.13 removed; its setup.py overwrites CFLAGS but leaves CPPFLAGS alone.
DURABLE_FIX="-DPyEval_CallObject=PyObject_CallObject"

fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' >/dev/null 2>&1; }

find_python() { # sets PYTHON
  for name in "${PYTHON:-}" python3 python3.13 python3.12 python3.11; do
    [ -n "$name" ] && fits "$name" && PYTHON=$(command -v "$name") && return 0
  done
  fail "没有 Python 3.11、3.12 或 3.13（本机：$(python3 -V 2>&1)）· no Python 3.11, 3.12 or 3.13 found" \
    "Debian 12、13 与 Ubuntu 24.04 自带 · Debian 12 and 13 and Ubuntu 24.04 bring one" \
    "或指明 · or name one: PYTHON=/path/to/python3.12 make run"
}

check_headers() { # one package is compiled: Python.h must be there
  "$PYTHON" -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' ||
    fail "$PYTHON 没有头文件 Python.h · $PYTHON has no Python.h" "装上与它同版本的 python3.X-dev · install the python3.X-dev of the same version"
}

pass_on_pip_settings() { # uv does not read pip's settings: hand over the mirror and the certificates that this machine uses
  if [ -z "${UV_DEFAULT_INDEX:-}" ]; then
    mirror=${PIP_INDEX_URL:-$("$TOOLS/bin/python" -m pip config get global.index-url 2>/dev/null || true)}
    [ -n "$mirror" ] && export UV_DEFAULT_INDEX="$mirror"
  fi
  [ -n "${PIP_CERT:-}" ] && export SSL_CERT_FILE="${SSL_CERT_FILE:-$PIP_CERT}"
  export UV_HTTP_TIMEOUT="${UV_HTTP_TIMEOUT:-120}" UV_NO_PROGRESS=1 UV_LINK_MODE="${UV_LINK_MODE:-copy}"
}

get_tools() { # get_tools NAME: installs deploy/setup/NAME.lock into var/tools once
  stamp="$TOOLS/.sluice-$1"
  tool_lock=$(fingerprint "$HERE/setup/$1.lock")
  [ -x "$TOOLS/bin/python" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$tool_lock" ] && return 0
  if ! "$TOOLS/bin/python" -m pip --version >/dev/null 2>&1; then
    logged "venv-tools" "$PYTHON" -m venv --clear "$TOOLS" ||
      fail "$PYTHON 不能建虚拟环境 · $PYTHON cannot make a virtual environment" "Debian、Ubuntu：apt-get install python3-venv"
  fi
  logged "pip-$1" "$TOOLS/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$HERE/setup/$1.lock" ||
    fail "$1 没有下载成功 · $1 could not be downloaded" "$NETWORK_HINT"
  printf '%s' "$tool_lock" >"$stamp"
}

NETWORK_HINT="检查网络；公司镜像用 PIP_INDEX_URL 或 pip.conf 指明 · check the network; a company mirror goes into PIP_INDEX_URL or pip.conf"

install_python_packages() {
  lock="$ROOT/requirements.lock"
  [ "$LEVEL" = test ] && lock="$ROOT/requirements-dev.lock"
  python_lock=$(fingerprint "$lock" "$HERE/setup/build.lock")
  if fits "$VENV/bin/python" && grep -qx "$python_lock" "$VENV/.sluice-locks" 2>/dev/null; then
    done_step "$("$VENV/bin/python" -V)，与锁文件一致 · matches the lock file"
    return 0
  fi
  find_python
  check_headers
  get_tools uv
  pass_on_pip_settings
  if ! fits "$VENV/bin/python"; then
    logged venv "$TOOLS/bin/uv" venv --quiet --clear --python "$PYTHON" "$VENV" || fail "建不成 .venv · .venv could not be made"
  fi
  note "安装 · installing $(grep -c '==' "$lock") Python packages from ${lock##*/}"
  CPPFLAGS="$DURABLE_FIX ${CPPFLAGS:-}" logged uv-install "$TOOLS/bin/uv" pip install --python "$VENV/bin/python" --require-hashes \
    --only-binary :all: --no-binary durable-rules --build-constraints "$HERE/setup/build.lock" -r "$lock" ||
    fail "Python 软件包没有装上 · the Python packages could not be installed" "$NETWORK_HINT"
  remember_locks
  done_step "$("$VENV/bin/python" -V)"
}

remember_locks() { # what the tests need includes what a running Sluice needs
  fingerprint "$ROOT/requirements.lock" "$HERE/setup/build.lock" >"$VENV/.sluice-locks"
  [ "$LEVEL" = test ] && fingerprint "$ROOT/requirements-dev.lock" "$HERE/setup/build.lock" >>"$VENV/.sluice-locks"
  return 0
}
