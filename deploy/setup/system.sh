# System packages by apt. Asks dpkg first: when nothing is missing, nothing is run and no rights are needed.

BREW_HINT="macOS: brew install tesseract tesseract-lang python@3.13 node (tests also: postgresql@17 rabbitmq dovecot wrk)"

wanted_packages() { # wanted_packages run|test: the names in that list, one a line
  # Ubuntu has no chromium but a pointer to a snap: find_browser looks after that.
  sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$HERE/setup/packages-$1.txt" | if is_ubuntu; then grep -vx chromium-headless-shell; else cat; fi
}

is_ubuntu() { grep -q '^ID=ubuntu' /etc/os-release 2>/dev/null; }

missing_packages() { # missing_packages run|test
  wanted_packages "$1" | while read -r name; do
    dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || printf '%s ' "$name"
  done
}

choose_rights() { # sets SUDO to what goes before a command that needs root
  SUDO=""
  [ "$(id -u)" = 0 ] && return 0
  command -v sudo >/dev/null 2>&1 || return 1
  if [ -t 0 ]; then sudo -v; else sudo -n true 2>/dev/null; fi || return 1
  SUDO="sudo"
}

apt() { # one apt-get command, unattended
  # shellcheck disable=SC2086
  $SUDO env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
}

# A package that brings a service would start it at once. Debian asks policy-rc.d first: answer "not now" while we install.
keep_services_down() {
  [ -e /usr/sbin/policy-rc.d ] && return 0
  printf '#!/bin/sh\nexit 101\n' | $SUDO tee /usr/sbin/policy-rc.d >/dev/null
  $SUDO chmod 755 /usr/sbin/policy-rc.d
  trap 'allow_services' EXIT
  trap 'exit 130' INT TERM
}

allow_services() {
  $SUDO rm -f /usr/sbin/policy-rc.d
  trap - EXIT INT TERM
}

disable_new_services() { # services that came with this installation stay off after a reboot, too
  command -v systemctl >/dev/null 2>&1 || return 0
  for pair in postgresql:postgresql rabbitmq-server:rabbitmq-server rabbitmq-server:epmd.socket rabbitmq-server:epmd dovecot-imapd:dovecot; do
    case " $1 " in *" ${pair%%:*} "*) $SUDO systemctl disable --quiet "${pair#*:}" >/dev/null 2>&1 || true ;; esac
  done
}

install_system_packages() { # install_system_packages run|test
  if ! command -v apt-get >/dev/null 2>&1; then
    check_commands_without_apt
    return 0
  fi
  missing=$(missing_packages "$1")
  if [ -z "$missing" ]; then
    done_step "都在 · all present"
    return 0
  fi
  choose_rights || fail "缺系统软件包，而当前用户不能安装 · system packages are missing and this user may not install them" \
    "以 root 运行一次 · run once as root: apt-get update && apt-get install --no-install-recommends $missing" \
    "或装好 sudo 再来 · or install sudo, then run the same command again"
  note "安装 · installing: $missing"
  keep_services_down
  logged "apt-update-$1" apt update || note "有的软件源没有回应，继续 · some package source did not answer; going on with the others"
  # shellcheck disable=SC2086
  logged "apt-install-$1" apt install --yes --no-install-recommends $missing ||
    fail "系统软件包没有装上 · the system packages could not be installed" \
      "检查网络与 /etc/apt 的软件源 · check the network and the sources in /etc/apt" \
      "再试 · then try: ${SUDO:+sudo }apt-get update && ${SUDO:+sudo }apt-get install $missing"
  disable_new_services "$missing"
  allow_services
  done_step "已安装 · installed"
}

# The servers and the browser that tests need take a minute to unpack: meanwhile the other steps go on.
begin_test_packages() {
  if [ "$LEVEL" != test ]; then return 0; fi
  if [ -n "$(missing_packages test)" ]; then choose_rights || true; fi # a password is asked for now, not in the background
  TEST_LOG="$ROOT/var/setup/test-packages.txt"
  (STEP_STARTED=$(date +%s) && install_system_packages test) >"$TEST_LOG" 2>&1 &
  TEST_PACKAGES=$!
  trap 'wait $TEST_PACKAGES || true' EXIT # never leave dpkg half way
}

finish_test_packages() {
  outcome=0
  wait "$TEST_PACKAGES" || outcome=$?
  trap - EXIT
  cat "$TEST_LOG"
  [ "$outcome" = 0 ] || exit "$outcome"
  find_browser
}

find_browser() { # Debian's chromium without its windows, or another on the machine, or (Ubuntu) the one that playwright brings
  for name in chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null 2>&1 && return 0
  done
  note "本机没有浏览器，让 playwright 取一个 · no browser here: asking playwright for one"
  logged browser "$VENV/bin/playwright" install --with-deps chromium ||
    fail "没有浏览器，页面测试不能跑 · no browser: the screen tests cannot run" "装上 chromium 或 google-chrome · install chromium or google-chrome"
}

check_commands_without_apt() {
  for name in tesseract cc make; do
    command -v "$name" >/dev/null 2>&1 || fail "没有 $name，也没有 apt-get · $name is missing and there is no apt-get here" "$BREW_HINT"
  done
  done_step "没有 apt-get，命令都在 · no apt-get here, but every command is present"
}
