#!/bin/sh
# HOME: fails where the link and the data disagree about the last upgrade, since Cosmovisor would carry it out at the next start.
set -eu
name() { sed -n 's/.*"name":[[:space:]]*"\([^"]*\)".*/\1/p' "$1" 2>/dev/null | head -n 1; }
small() { printf %s "$1" | tr A-Z a-z; }
[ -L "$1/cosmovisor/current" ] || exit 0
[ -d "$1/cosmovisor/current/bin" ] || { echo "the link $1/cosmovisor/current leads nowhere" >&2; exit 1; }
[ -f "$1/data/upgrade-info.json" ] || exit 0
wanted=$(name "$1/data/upgrade-info.json")
has=$(name "$1/cosmovisor/current/upgrade-info.json")
# The chain writes the name of the plan as it was proposed, Cosmovisor in small letters; it compares without regard to that.
[ "$(small "$wanted")" = "$(small "$has")" ] && exit 0
plan=$(small "$wanted")
[ -d "$1/cosmovisor/upgrades/$wanted" ] && plan=$wanted
# While the chain waits for this very upgrade, Cosmovisor is about to make the switch.
staged=$1/cosmovisor/upgrades/$plan
if [ -d "$staged" ] && [ ! -f "$staged/upgrade-info.json" ] && systemctl -q is-active "${2:-cosmos-node}"; then exit 0; fi
printf 'data/upgrade-info.json tells of the upgrade `%s`, the current program of `%s`\n' "$wanted" "${has:-none}" >&2
printf 'if the data is past it, point the link to upgrades/%s and copy the file there; if not, remove the file\n' "$plan" >&2
exit 1
