#!/bin/sh
# Builds upstream's own kube-apiserver, which the API is compared with, the etcd that it is tested with, and its
# kube-controller-manager, which is a client of it, from the Go module proxy into node_modules/.cache. Needs Go; the first
# time takes more than ten minutes.
# What is there is left alone. The tests say so where one is missing. Other programs can be named as arguments: kubectl, or
# e2e.test, which `npm run test:conformance` runs.
set -eu
cd "$(dirname "$0")/.."
target="$PWD/node_modules/.cache/amarre/go-clients"
mkdir -p "$target"
version=v1.36.1
libraries=v0.36.1
variables=k8s.io/component-base/version
flags="-X $variables.gitVersion=$version -X $variables.gitMajor=1 -X $variables.gitMinor=36"

# Debian's etcd is older, and upstream streams no lists from it.
etcd=v3.6.8
if [ ! -x "$target/etcd-$etcd" ]; then
  printf 'building etcd %s\n' "$etcd" >&2
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  (
    cd "$work"
    export GOWORK=off GOFLAGS='-buildvcs=false -mod=mod'
    go mod init upstream/etcd
    go get "go.etcd.io/etcd/server/v3@$etcd"
    nice go build -o "$target/etcd-$etcd" go.etcd.io/etcd/server/v3
  )
fi

[ $# -gt 0 ] || set -- kube-apiserver kube-controller-manager
missing=''
for name in "$@"; do
  [ -x "$target/$name-$version" ] || missing="$missing $name"
done
[ -n "$missing" ] || exit 0

folder=$(go mod download -json "k8s.io/kubernetes@$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
work=${work:-$(mktemp -d)}
trap 'rm -rf "$work"' EXIT
cp -r "$folder" "$work/source"
chmod -R u+w "$work/source"
cd "$work/source"
# Its libraries lie beside it in its repository; here they are modules of their own.
rm -rf vendor go.work go.work.sum
for library in $(sed -n '/^replace (/,/^)/s/^[[:space:]]\([^ ]*\) => .*/\1/p' go.mod); do
  if grep -q "[[:space:]]$library v0\.0\.0\$" go.mod; then go mod edit "-require=$library@$libraries"; fi
  go mod edit "-dropreplace=$library"
done
for name in $missing; do
  printf 'building %s %s\n' "$name" "$version" >&2
  export GOWORK=off GOFLAGS='-buildvcs=false -mod=mod'
  case $name in
    e2e.test) nice go test -c -o "$target/$name-$version" ./test/e2e ;;
    *) nice go build -ldflags "$flags" -o "$target/$name-$version" "./cmd/$name" ;;
  esac
done
