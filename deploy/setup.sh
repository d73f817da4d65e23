#!/bin/sh
# Sets a Debian or Ubuntu machine up for Sluice. Safe to run again: what is there already is left alone.
#   sh deploy/setup.sh        what `make run` needs
#   sh deploy/setup.sh test   that, and what `make test`, `make check` and the benchmarks need
set -eu

LEVEL=${1:-run}
HERE=$(cd "$(dirname "$0")" && pwd)
ROOT=$(dirname "$HERE")
VENV="$ROOT/.venv"
TOOLS="$ROOT/var/tools"
VENDOR="$ROOT/web/static/vendor"
mkdir -p "$ROOT/var/setup"

. "$HERE/setup/say.sh"
. "$HERE/setup/system.sh"
. "$HERE/setup/python.sh"
. "$HERE/setup/front.sh"

case "$LEVEL" in
run | test) ;;
*) fail "不认识 $LEVEL · unknown argument: $LEVEL" "用法 · usage: sh deploy/setup.sh [run|test]" ;;
esac

if command -v flock >/dev/null 2>&1; then # two set-ups at once take turns
  exec 9>"$ROOT/var/setup/lock"
  flock 9
fi

[ "$LEVEL" = test ] && STEPS=4
step "系统软件包 · system packages"
install_system_packages run
begin_test_packages
step "Python 环境 · Python environment"
install_python_packages
step "页面资源与行政区划 · screen assets and address lists"
install_front_packages
if [ "$LEVEL" = test ]; then
  step "测试用的服务器与浏览器（已在后台装）· servers and browser for the tests (under way since step 1)"
  finish_test_packages
fi
printf '✓ 准备就绪 · ready (%ss)\n' "$(($(date +%s) - STARTED))"
