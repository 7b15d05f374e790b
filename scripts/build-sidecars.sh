#!/bin/sh
# Builds a CSI sidecar of the Kubernetes project, as a Go client that the API server is tested with, from the Go module
# proxy into node_modules/.cache. Needs Go; the first time takes minutes. What is there is left alone.
set -eu
cd "$(dirname "$0")/.."
target="$PWD/node_modules/.cache/amarre/sidecars"
mkdir -p "$target"

build() {
  module=$1 version=$2 name=$3
  [ -x "$target/$name-$version" ] && return 0
  printf 'building %s %s\n' "$name" "$version" >&2
  folder=$(go mod download -json "$module@$version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  # `go install` refuses modules that replace others: they are built as the main module, from a copy.
  cp -r "$folder" "$work/source"
  chmod -R u+w "$work/source"
  (
    cd "$work/source"
    GOFLAGS='-buildvcs=false -mod=mod' nice go build -o "$target/$name-$version" "./cmd/$name"
  )
  rm -rf "$work"
}

build github.com/kubernetes-csi/external-attacher/v4 v4.13.0 csi-attacher
