#!/bin/sh
# clock.sh MILLISECONDS: whether the clock is kept in time, and is off by no more than that.
fail() { printf '%s\n' "$1" >&2; exit 1; }

if command -v chronyc >/dev/null; then
  tracking=$(chronyc -n tracking 2>&1) || fail "chrony does not answer: $tracking"
  case $tracking in *'Leap status'*Normal*) ;; *) fail 'chrony has not found the time yet' ;; esac
  off=$(printf '%s\n' "$tracking" | sed -n 's/^System time *: *\([0-9.]*\) seconds.*/\1/p')
  awk -v off="$off" -v most="$1" 'BEGIN { exit !(off * 1000 <= most) }' || fail "the clock is off by $off seconds, and $1 ms are allowed"
else
  [ "$(timedatectl show -p NTPSynchronized --value 2>/dev/null)" = yes ] || fail 'nothing keeps the clock in time: install chrony'
fi
