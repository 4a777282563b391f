#!/bin/sh
# HOME PLAN: makes the link to the program a new host begins with; never moves one that is there.
set -eu
cd "$1/cosmovisor"
plan=$(printf %s "$2" | tr A-Z a-z)
[ -d "upgrades/$2" ] && plan=$2
target=genesis
if [ -n "$2" ]; then
  target=upgrades/$plan
  info=$1/data/upgrade-info.json
  # Otherwise Cosmovisor takes the plan in the data for one it has yet to carry out.
  if [ -f "$info" ] && grep -qi "\"name\":[[:space:]]*\"$2\"" "$info"; then
    cp "$info" "$target/upgrade-info.json"
    chown --reference="$target" "$target/upgrade-info.json"
  fi
fi
ln -s "$target" current
