#!/bin/sh
# Brings a fresh Debian machine with Node 20 to where the demo and the tests can run: Debian packages,
# npm packages, generated sources, build. What is there already is left alone. Says what it does on stderr.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "setup: $*" >&2; }

node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' || {
  say "Node $(node --version) is too old; install Node 20.19 or newer."
  exit 1
}

# Debian packages, by a program that each brings. PostgreSQL is only for the example.
missing=""
want() {
  for folder in $(printf '%s' "$PATH" | tr ':' ' ') /usr/local/sbin /usr/sbin /sbin; do
    [ -x "$folder/$1" ] && return 0
  done
  missing="$missing $2"
}
want losetup mount
want mkfs.xfs xfsprogs
want ip iproute2
want bwrap bubblewrap
want restic restic
want setpriv util-linux
want unzip unzip
want etcd etcd-server
want git git
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$missing postgresql"

if [ -n "$missing" ]; then
  if [ "$(id -u)" -ne 0 ]; then
    say "these Debian packages are missing, and only root can install them:$missing. Run: sudo apt-get install$missing"
  elif ! command -v apt-get >/dev/null 2>&1; then
    say "these packages are missing and there is no apt-get to install them:$missing"
  else
    say "installing$missing"
    # The example runs its own server; Debian's would only take memory.
    mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
    log=$(mktemp)
    # shellcheck disable=SC2086
    if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
      tail -n 5 "$log" >&2
      say "could not install$missing; the last lines above say why. Amarre goes on with what is there."
    fi
    rm -f "$log"
  fi
fi

# npm packages: again only after the lock file changed.
if ! cmp -s package-lock.json node_modules/.amarre-lock 2>/dev/null; then
  say "installing npm packages"
  # A registry that lacks the packages of other platforms makes `npm ci` refuse a lock file that is right for this one.
  npm ci --no-audit --no-fund --loglevel=silent >&2 || npm install --no-save --no-audit --no-fund --loglevel=error >&2
  cp package-lock.json node_modules/.amarre-lock
fi

# Both are quick, and cheap when nothing changed.
node_modules/.bin/tsx scripts/generate.ts >&2
node_modules/.bin/tsx scripts/build.ts >&2
