#!/bin/sh
# Builds the Go clients that the API server is tested with from the Go module proxy into node_modules/.cache: the CSI
# sidecars and the snapshot controller of the Kubernetes project, and the velero command. Needs Go; the first time
# takes minutes. What is there is left alone. The tests say so where a client is missing.
set -eu
cd "$(dirname "$0")/.."
target="$PWD/node_modules/.cache/amarre/go-clients"
mkdir -p "$target"

# Further words are edits of its module file.
build() {
  module=$1 version=$2 name=$3
  shift 3
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
    [ $# -eq 0 ] || go mod edit "$@"
    GOFLAGS='-buildvcs=false -mod=mod' nice go build -o "$target/$name-$version" "./cmd/$name"
  )
  rm -rf "$work"
}

# In its repository the snapshotter takes its client from a folder that the module does not have.
client="-dropreplace=github.com/kubernetes-csi/external-snapshotter/client/v8"

build github.com/kubernetes-csi/external-attacher/v4 v4.13.0 csi-attacher
build github.com/kubernetes-csi/external-provisioner/v6 v6.4.0 csi-provisioner
build github.com/kubernetes-csi/external-resizer/v2 v2.3.0 csi-resizer
build github.com/kubernetes-csi/external-snapshotter/v8 v8.7.0 csi-snapshotter "$client"
build github.com/kubernetes-csi/external-snapshotter/v8 v8.7.0 snapshot-controller "$client"
# Its own patch version of this library is not on every proxy.
build github.com/vmware-tanzu/velero v1.18.3 velero -require=k8s.io/cli-runtime@v0.33.13
