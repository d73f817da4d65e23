#!/bin/sh
# Tries the set-up the hard way: a fresh Debian made by debootstrap, with git and python3 and nothing else, a fresh clone of
# what is committed, then one command in it. Needs root, debootstrap and the network; leaves nothing behind.
#   sh deploy/try-fresh.sh [bookworm|trixie] [command]      default: make test, then make run until it answers
# KEEP=1 keeps the root; BASE=dir keeps the bare Debian there as dir-SUITE, for the next time.
set -eu

SUITE=${1:-bookworm}
COMMAND=${2:-"sh deploy/setup.sh test && make --no-print-directory test && sh deploy/setup/answers.sh"}
REPO=$(cd "$(dirname "$0")/.." && pwd)
[ "$(id -u)" = 0 ] || { echo "✗ 要以 root 运行 · run this as root" >&2; exit 1; }
command -v debootstrap >/dev/null 2>&1 || { echo "✗ 先装 debootstrap · first: apt-get install debootstrap" >&2; exit 1; }

FRESH=$(mktemp -d /var/tmp/sluice-fresh.XXXXXX)
# shellcheck disable=SC2317
cleanup() { [ -n "${KEEP:-}" ] && echo "  → $FRESH" || rm -rf --one-file-system "$FRESH"; }
INSIDE=""
trap cleanup EXIT
trap 'kill $INSIDE 2>/dev/null; wait; exit 130' INT TERM

make_base() { # a bare Debian in $1
  debootstrap --variant=minbase --include=git,python3,ca-certificates "$SUITE" "$1" >"$FRESH.log" 2>&1 || {
    tail -n 20 "$FRESH.log" >&2
    exit 1
  }
  rm -f "$FRESH.log"
}

if [ -n "${BASE:-}" ]; then
  [ -d "$BASE-$SUITE" ] || make_base "$BASE-$SUITE"
  cp -a "$BASE-$SUITE/." "$FRESH/"
else
  make_base "$FRESH"
fi

# The network as this machine has it: names, certificates, proxies. Proxy and certificate variables come with the environment.
cp -L /etc/resolv.conf /etc/hosts "$FRESH/etc/" 2>/dev/null || true
cp -a /usr/local/share/ca-certificates/. "$FRESH/usr/local/share/ca-certificates/" 2>/dev/null || true
chroot "$FRESH" update-ca-certificates >/dev/null 2>&1 || true
cat /etc/apt/apt.conf.d/*proxy* >"$FRESH/etc/apt/apt.conf.d/99proxy" 2>/dev/null || rm -f "$FRESH/etc/apt/apt.conf.d/99proxy"
git clone --quiet --no-hardlinks "$REPO" "$FRESH/srv/sluice"
echo "== $SUITE: $(chroot "$FRESH" python3 -V), $(git -C "$REPO" log -1 --format='%h %s')"

# Mounts and processes of their own: both vanish with the command.
# shellcheck disable=SC2016
FRESH="$FRESH" COMMAND="$COMMAND" unshare --mount --pid --fork --kill-child sh -euc '
  mount -t proc proc "$FRESH/proc"
  mount --rbind /dev "$FRESH/dev"
  mount -t sysfs -o ro sysfs "$FRESH/sys"
  exec chroot "$FRESH" env -u PYTHON -u VIRTUAL_ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
    sh -c "cd /srv/sluice && $COMMAND"
' </dev/null &
INSIDE=$!
wait $INSIDE
