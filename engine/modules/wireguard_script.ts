import type { Content } from '../core/content.ts'
import { type Script, lines, sh } from '../core/script.ts'

/** Which interface, and where its private key is. */
export interface InterfaceName {
  readonly name: string
  readonly keyFile: string
}

/** The file that `wg-quick` reads for an interface. */
export function configPath({ name }: InterfaceName): string {
  return `/etc/wireguard/${name}.conf`
}

/** The unit that brings an interface up at boot. */
export function unitOf({ name }: InterfaceName): string {
  return `wg-quick@${name}.service`
}

/** Where a change waits for its confirmation, and what the timer is called that would take it back. */
export function trial({ name }: InterfaceName): { readonly unit: string; readonly folder: string; readonly reverted: string } {
  return {
    unit: `holdfast-wireguard-${name}`,
    folder: `/run/holdfast/wireguard-${name}`,
    reverted: `/run/holdfast/wireguard-${name}.reverted`,
  }
}

/** Prints everything about the interface that is compared; of keys only the public halves and digests. */
export function probeInterface(end: InterfaceName): Script {
  const path = configPath(end)
  return lines([
    sh`for c in wg wg-quick ip; do command -v $c >/dev/null || { echo 'tools=absent'; exit 0; }; done`,
    sh`[ ! -f ${end.keyFile} ] || printf 'key=%s\\n' "$(wg pubkey <${end.keyFile} 2>/dev/null)"`,
    sh`if [ -f ${path} ]; then`,
    sh`printf 'file=%s\\nfilekey=%s\\nmode=%s\\n' "$(grep -v '^PrivateKey = ' ${path} | sha256sum)" "$(sed -n 's/^PrivateKey = //p' ${path} | wg pubkey 2>/dev/null)" "$(stat -c '%a %U' ${path})"`,
    sh`fi`,
    sh`if ${isThere(end)}; then`,
    probeLive(end),
    sh`elif ! [ -d /sys/module/wireguard ] && ! modinfo wireguard >/dev/null 2>&1 && ! command -v "\${WG_QUICK_USERSPACE_IMPLEMENTATION:-wireguard-go}" >/dev/null; then`,
    sh`echo 'kernel=absent'`,
    sh`fi`,
    sh`printf 'boot=%s\\n' "$(systemctl is-enabled ${unitOf(end)} 2>/dev/null)"`,
    sh`[ ! -e ${trial(end).folder} ] || echo trial=`,
  ])
}

/** Whether the interface exists. What stands below `/sys` is, in some containers, the network of the machine around. */
export function isThere({ name }: InterfaceName): Script {
  return sh`ip link show dev ${name} >/dev/null 2>&1`
}

/** The file with the private key of the host put where it belongs. It passes through no command line. */
export function withKey(content: Content, { keyFile }: InterfaceName): Script {
  return sh`${content} | { k=$(cat -- ${keyFile}) && [ -n "$k" ] || exit 1; while IFS= read -r l; do printf '%s\\n' "$l"; [ "$l" != '[Interface]' ] || printf 'PrivateKey = %s\\n' "$k"; done; }`
}

/** Puts the file in its place, and lets the interface come up at boot. */
export function keepConfig(end: InterfaceName, print: Script): Script {
  const path = configPath(end)
  return lines([
    sh`umask 077; mkdir -p /etc/wireguard && t=$(mktemp /etc/wireguard/.holdfast.XXXXXXXXXX) || exit 1`,
    sh`trap 'rm -f -- "$t"' EXIT; trap 'exit 1' HUP INT TERM`,
    sh`${print} >"$t" && chown root:root -- "$t" && sync -- "$t" && mv -fT -- "$t" ${path} || exit 1`,
    sh`systemctl enable --quiet ${unitOf(end)} || exit 1`,
  ])
}

function probeLive({ name }: InterfaceName): Script {
  return lines([
    sh`printf 'link=%s\\nlive=%s\\nport=%s\\nnow=%s\\n' "$(ip -o link show dev ${name})" "$(wg show ${name} public-key)" "$(wg show ${name} listen-port)" "$(date +%s)"`,
    sh`ip -o addr show dev ${name} scope global | while read -r _ _ _ a _; do printf 'address %s\\n' "$a"; done`,
    sh`{ ip -4 route show dev ${name}; ip -6 route show dev ${name}; } | while read -r l; do case $l in *'proto kernel'*) ;; *) printf 'route %s\\n' "\${l%% *}";; esac; done`,
    // The first line is the host's own end, its private key included.
    sh`wg show ${name} dump | { read -r _; while read -r key psk at ips shake _ _ alive; do`,
    sh`[ "$psk" = '(none)' ] || psk=$(printf %s "$psk" | sha256sum)`,
    sh`printf 'peer %s %s %s %s %s %s\\n' "$key" "\${psk%% *}" "$at" "$ips" "$shake" "$alive"; done; }`,
  ])
}
