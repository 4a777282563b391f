#!/bin/sh
# begin HOME: the node stays down until the snapshot is in its place, unless it has data; then there is nothing to do.
# finish HOME: moves what was unpacked in HOME/snapshot into HOME/data, in which nothing is that a node would read.
set -eu
cd "$2/snapshot"
if [ "$1" = begin ]; then
  for database in blockstore.db state.db application.db; do
    [ -e unfinished ] || [ ! -e "../data/$database" ] || { : >done; exit 0; }
  done
  : >unfinished
  systemctl stop cosmos-node 2>/dev/null || true
  exit 0
fi
[ ! -e done ] || exit 0
[ -d data ] || { echo 'the archive holds no folder `data`' >&2; exit 1; }
[ -e data/blockstore.db ] || { echo 'the archive holds no `data/blockstore.db`' >&2; exit 1; }
for part in data/*; do
  # The state of the signer is that of this host, whatever else comes.
  case $part in *_validator_state.json) continue ;; esac
  rm -rf "../$part"
  mv "$part" "../$part"
done
if [ -d wasm ] && [ ! -e ../wasm ]; then mv wasm ../wasm; fi
sync -f ../data
: >done
rm -f unfinished
find . -mindepth 1 -maxdepth 1 ! -name done -exec rm -rf {} +
