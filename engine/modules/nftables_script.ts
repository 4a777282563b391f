import { Content } from '../core/content.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { type TableName, removal } from './nftables_text.ts'

/** Prints the table as it is, and as the same `nft` prints the wanted one after loading it in a network namespace of its own. */
export function probeTable({ family, table }: TableName, wanted: Content | undefined): Script {
  const list = sh`nft -s -n list table ${family} ${table}`
  return lines([
    sh`if ! command -v nft >/dev/null; then echo 'nft=absent'; exit 0; fi`,
    sh`if current=$(${list} 2>/dev/null); then printf 'current=%s\\n' "$(printf '%s\\n' "$current" | base64 -w0)"; fi`,
    ...(wanted === undefined
      ? []
      : [
          sh`if wanted=$(${wanted} | unshare -n sh -c 'nft -f /dev/stdin && nft -s -n list table "$1" "$2"' sh ${family} ${table} 2>&1)`,
          sh`then printf 'wanted=%s\\n' "$(printf '%s\\n' "$wanted" | base64 -w0)"`,
          sh`else printf 'complaint=%s\\n' "$(printf '%s\\n' "$wanted" | base64 -w0)"; fi`,
        ]),
  ])
}

/** Where the old table waits while a change is on trial, and what the timer is called that would bring it back. */
export function trial({ family, table }: TableName): { readonly unit: string; readonly saved: string; readonly reverted: string } {
  const name = `${family}-${table}`
  return {
    unit: `holdfast-nftables-${name}`,
    saved: `/run/holdfast/nftables-${name}.saved`,
    reverted: `/run/holdfast/nftables-${name}.reverted`,
  }
}

/** Loads the file in one transaction; on any error the old rules stay. */
export function loadTable(content: Content): Script {
  return sh`${content} | nft -f /dev/stdin`
}

/** Saves the table and starts the timer that brings it back after so many seconds, unless it is stopped. */
export function armRevert(name: TableName, seconds: number): Script {
  const { unit, saved, reverted } = trial(name)
  return lines([
    sh`[ ! -e ${saved} ] || { echo 'an earlier change of this table has not been confirmed yet; it reverts by itself' >&2; exit 1; }`,
    sh`[ -d /run/systemd/system ] || { echo 'reverting by itself needs systemd on the host: set \`revert_after: 0\` to do without' >&2; exit 1; }`,
    sh`mkdir -p -m 0700 /run/holdfast && rm -f -- ${reverted} && t=$(mktemp /run/holdfast/.XXXXXXXXXX) || exit 1`,
    sh`{ ${Content.of(removal(name))}; nft -s list table ${name.family} ${name.table} 2>/dev/null; true; } >"$t" && nft -c -f "$t" && mv -- "$t" ${saved} || exit 1`,
    sh`nft=$(command -v nft)`,
    sh`systemd-run --quiet --collect --unit=${unit} --on-active=${`${seconds}s`} --timer-property=AccuracySec=1s /bin/sh -c '"$1" -f "$2" && mv -- "$2" "$3"' sh "$nft" ${saved} ${reverted} || { rm -f -- ${saved}; exit 1; }`,
  ])
}

/** Stops the timer if the change did not load, because then there is nothing to bring back. */
export function disarmUnless(load: Script, name: TableName): Script {
  const { unit, saved } = trial(name)
  return lines([sh`${load} && exit 0`, sh`systemctl stop ${`${unit}.timer`}; rm -f -- ${saved}; exit 1`])
}

/** Stops the timer for good, and then keeps the rules for the next boot. Fails if the timer was faster. */
export function confirmTable(name: TableName, keep: Script): Script {
  const { unit, saved, reverted } = trial(name)
  return lines([
    sh`gone() { echo 'the confirmation came too late: the host has brought its old rules back' >&2; rm -f -- ${reverted}; exit 1; }`,
    sh`[ ! -e ${reverted} ] || gone`,
    sh`if [ -e ${saved} ]; then`,
    sh`systemctl stop ${`${unit}.timer`} || exit 1`,
    // The timer may have gone off a moment ago, and what it started must come to its end.
    sh`left=100; while [ "$(systemctl show -p ActiveState --value ${`${unit}.service`})" != inactive ] && [ $left -gt 0 ]; do left=$((left - 1)); sleep 0.1; done`,
    sh`[ ! -e ${reverted} ] || gone`,
    sh`fi`,
    sh`${keep} || exit 1`,
    sh`rm -f -- ${saved}`,
  ])
}
