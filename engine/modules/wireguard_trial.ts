import { Content } from '../core/content.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { configPath, type InterfaceName, isThere, keepConfig, trial, unitOf } from './wireguard_script.ts'

/**
 * Saves how the interface is, lays out how it should be, and starts the timer that goes back after so many seconds, unless it is
 * stopped. `print` gives the new file; without it the interface is to go.
 */
export function arm(end: InterfaceName, { seconds, print }: { readonly seconds: number; readonly print: Script | undefined }): Script {
  const { unit, folder, reverted } = trial(end)
  return lines([
    sh`[ ! -e ${folder} ] || { echo 'an earlier change of this interface has not been confirmed yet; it reverts by itself' >&2; exit 1; }`,
    sh`[ -d /run/systemd/system ] || { echo 'tunnels are kept by systemd, which this host does not run' >&2; exit 1; }`,
    sh`umask 077; mkdir -p /run/holdfast && rm -rf -- ${reverted} && t=$(mktemp -d /run/holdfast/.XXXXXXXXXX) && mkdir -- "$t/old" || exit 1`,
    sh`${Content.of(SYNC)} >"$t/sync" && ${Content.of(REVERT)} >"$t/revert" || exit 1`,
    sh`[ ! -f ${configPath(end)} ] || cp -p -- ${configPath(end)} "$t/kept.conf" || exit 1`,
    sh`! ${isThere(end)} || {`,
    sh`echo '[Interface]'; ip -o link show dev ${end.name} | sed 's/.* mtu \\([0-9]*\\) .*/MTU = \\1/'`,
    sh`ip -o addr show dev ${end.name} scope global | while read -r _ _ _ a _; do printf 'Address = %s\\n' "$a"; done`,
    sh`wg showconf ${end.name} | sed 1d`,
    sh`} >"$t/old/"${end.name}.conf || exit 1`,
    ...(print === undefined
      ? []
      : [sh`${print} >"$t/"${end.name}.conf || exit 1`, sh`wg-quick strip "$t/"${end.name}.conf >/dev/null || exit 1`]),
    sh`mv -T -- "$t" ${folder} || exit 1`,
    ...(seconds === 0
      ? []
      : [
          sh`systemd-run --quiet --collect --unit=${unit} --on-active=${`${seconds}s`} --timer-property=AccuracySec=1s /bin/sh ${`${folder}/revert`} ${end.name} || { rm -rf -- ${folder}; exit 1; }`,
        ]),
  ])
}

/** Brings the interface to what was laid out, tunnels that stay the same left alone. What fails is taken back at once. */
export function bringUp(end: InterfaceName): Script {
  const { folder } = trial(end)
  const next = `${folder}/${end.name}.conf`
  return orBack(
    end,
    lines([
      sh`if ! ${isThere(end)}; then`,
      sh`mkdir -p -m 0700 /etc/wireguard && cp -- ${next} ${configPath(end)} && chmod 0600 -- ${configPath(end)} || exit 1`,
      // A unit whose interface somebody removed still counts as started.
      sh`systemctl stop ${unitOf(end)} >/dev/null 2>&1; systemctl reset-failed ${unitOf(end)} >/dev/null 2>&1`,
      sh`systemctl start ${unitOf(end)} || { journalctl --sync >/dev/null 2>&1; journalctl -q -n 10 -o cat -u ${unitOf(end)} >&2; exit 1; }`,
      sh`fi`,
      sh`sh ${`${folder}/sync`} ${next} ${end.name}`,
    ]),
  )
}

/** Takes the interface away. */
export function takeDown(end: InterfaceName): Script {
  return orBack(end, sh`systemctl stop ${unitOf(end)} || exit 1; ! ${isThere(end)} || ip link delete dev ${end.name}`)
}

/** Stops the timer for good, and then keeps the change for the next boot. Fails if the timer was faster. */
export function settle(end: InterfaceName, state: 'present' | 'absent'): Script {
  const { unit, folder, reverted } = trial(end)
  return lines([
    sh`gone() { echo 'the confirmation came too late: the host has taken the change back' >&2; rm -rf -- ${reverted}; exit 1; }`,
    sh`[ ! -e ${reverted} ] || gone`,
    sh`if [ -e ${folder} ]; then`,
    sh`systemctl stop ${`${unit}.timer`} >/dev/null 2>&1`,
    // The timer may have gone off a moment ago, and what it started must come to its end.
    sh`left=100; while [ "$(systemctl show -p ActiveState --value ${`${unit}.service`})" != inactive ] && [ $left -gt 0 ]; do left=$((left - 1)); sleep 0.1; done`,
    sh`[ ! -e ${reverted} ] || gone`,
    ...(state === 'present' ? [sh`( ${keepConfig(end, sh`cat ${`${folder}/${end.name}.conf`}`)}\n) || exit 1`] : []),
    sh`fi`,
    ...(state === 'absent' ? [forget(end)] : []),
    sh`rm -rf -- ${folder}`,
  ])
}

/** Lets nothing of the interface come back at boot. */
function forget(end: InterfaceName): Script {
  return sh`systemctl disable --quiet ${unitOf(end)} 2>/dev/null; rm -f -- ${configPath(end)} || exit 1`
}

/** Runs a change; if it fails, the host goes back at once and not only when the timer goes off. */
function orBack(end: InterfaceName, change: Script): Script {
  const { unit, folder, reverted } = trial(end)
  return lines([
    sh`( ${change}\n) && exit 0`,
    sh`systemctl stop ${`${unit}.timer`} >/dev/null 2>&1; sh ${`${folder}/revert`} ${end.name}; rm -rf -- ${folder} ${reverted}; exit 1`,
  ])
}

/** `sync FILE INTERFACE`: makes an interface that is up what the file of wg-quick says, and touches no peer that stays the same. */
const SYNC = `conf=$1 name=$2
values() { sed -n "s/^$1 = //p" "$conf" | tr ',' '\\n' | tr -d ' ' | sort -u; }
whole() { case $1 in */*) echo "$1" ;; *:*) echo "$1/128" ;; *) echo "$1/32" ;; esac; }
family() { case $1 in *:*) echo -6 ;; *) echo -4 ;; esac; }
has() { for item in $1; do [ "$(whole "$item")" != "$2" ] || return 0; done; return 1; }
# What a peer is not told to have it keeps, so that it is told to have none.
wg-quick strip "$conf" |
  awk '{ print } $0 == "[Peer]" { print "PresharedKey = ${'A'.repeat(43)}="; print "PersistentKeepalive = off" }' |
  wg syncconf "$name" /dev/stdin || exit 1
addresses=$(values Address) routes=$(values AllowedIPs)
for address in $addresses; do ip addr replace "$address" dev "$name" || exit 1; done
for address in $(ip -o addr show dev "$name" scope global | awk '{ print $4 }'); do
  has "$addresses" "$(whole "$address")" || ip addr del "$address" dev "$name" || exit 1
done
for mtu in $(values MTU); do ip link set dev "$name" mtu "$mtu" || exit 1; done
ip link set dev "$name" up || exit 1
for route in $routes; do ip $(family "$route") route replace "$route" dev "$name" || exit 1; done
for old in $({ ip -4 route show dev "$name"; ip -6 route show dev "$name"; } | grep -v 'proto kernel' | awk '{ print $1 }'); do
  has "$routes" "$(whole "$old")" || ip $(family "$old") route del "$old" dev "$name" || exit 1
done
`

/** `revert INTERFACE`: brings back what was there when the change was armed, and says so by the name of its folder. */
const REVERT = `name=$1 here=/run/holdfast/wireguard-$1
back() {
  if [ -f "$here/old/$name.conf" ]; then
    ip link show dev "$name" >/dev/null 2>&1 || systemctl start "wg-quick@$name.service" || return 1
    sh "$here/sync" "$here/old/$name.conf" "$name"
  else
    systemctl stop "wg-quick@$name.service"
    if [ -f "$here/kept.conf" ]; then cp -p -- "$here/kept.conf" "/etc/wireguard/$name.conf"; else rm -f -- "/etc/wireguard/$name.conf"; fi
  fi
}
back && mv -T -- "$here" "$here.reverted"
`
