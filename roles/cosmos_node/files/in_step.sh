#!/bin/sh
# in_step.sh note AGE ADDRESS…
# in_step.sh await AGE SECONDS START_SECONDS GENESIS ADDRESS…
#
# A node that is in step when it is about to be restarted must be in step again before the next one has its turn. `note` remembers on the
# host how far it was; `await` ends once it is further, or fails. What was noted stays until then, so a later run waits for it as well.
# In step is: not catching up, and its newest block is younger than AGE seconds, so that a chain that stands still is waited for by nobody.
# One that was not in step has START_SECONDS to answer; 0 waits for none. ADDRESS is where it may answer, HOST:PORT.
noted=/var/lib/holdfast/cosmos-node-in-step
verb=$1 age=$2
shift 2

fail() { printf '%s\n' "$1; what it says: journalctl -u cosmos-node -n 50" >&2; exit 1; }

get() {
  timeout 5 bash -c 'exec 3<>"/dev/tcp/$1/$2" && printf "GET $3 HTTP/1.0\r\nHost: localhost\r\n\r\n" >&3 && cat <&3' bash "$1" "$2" "$3" 2>/dev/null |
    tr -d ' \n\r\t'
}

field() { printf '%s' "$said" | sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p"; }

# Where the node answers, with what it says of itself.
ask() {
  for address; do
    host=${address%:*} port=${address##*:}
    host=${host#[} host=${host%]}
    said=$(get "$host" "$port" /status)
    height=$(field latest_block_height)
    case $height in '' | *[!0-9]*) height= ;; *) return 0 ;; esac
  done
  missing='it does not answer'
  return 1
}

in_step() {
  ask "$@" || return 1
  born=$(date -d "$(field latest_block_time)" +%s 2>/dev/null) || born=0
  [ "$(field catching_up)" = false ] || { missing="it is catching up at block $height, with $(peers) peers"; return 1; }
  [ $(($(date +%s) - born)) -le "$age" ] || { missing="no block came after $height, with $(peers) peers"; return 1; }
}

peers() { said=$(get "$host" "$port" /net_info); field n_peers; }

further() {
  in_step "$@" || return 1
  [ "$height" -gt "$before" ] || { missing="no block came after $height"; return 1; }
}

within() {
  end=$(($(date +%s) + $1))
  shift
  until "$@"; do
    [ "$(date +%s)" -lt $end ] || return 1
    sleep 2
  done
}

begins_later() {
  begin=$(head -c 65536 "$1" | sed -n 's/.*"genesis_time": *"\([^"]*\)".*/\1/p' | head -n 1)
  begin=$(date -d "${begin:-1970-01-01}" +%s 2>/dev/null) || begin=0
  [ "$begin" -gt "$(date +%s)" ]
}

if [ "$verb" = note ]; then
  [ -e "$noted" ] || ! in_step "$@" || { mkdir -p "${noted%/*}" && echo "$height" >"$noted"; }
  exit
fi
seconds=$1 start=$2 genesis=$3
shift 3
if [ -e "$noted" ]; then
  read -r before <"$noted"
  [ "$seconds" = 0 ] || within "$seconds" further "$@" ||
    fail "the node was in step at block $before, and is not again after $seconds s: $missing"
  rm -f "$noted"
  rmdir "${noted%/*}" 2>/dev/null
  exit 0
fi
# Until its chain begins, a node answers nobody.
[ "$start" = 0 ] || begins_later "$genesis" || within "$start" ask "$@" || fail "after $start s $missing"
