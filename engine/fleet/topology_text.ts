import { type Flow, flowsOf } from './flows.ts'
import { TIERS } from '../inventory/tiers.ts'
import { cosignersOf, type Fleet, type Member, ofTier } from './model.ts'

/** The fleet as text: its tiers with their hosts, and which connections are allowed between them. */
export function topologyText(fleet: Fleet): string {
  return [
    heading(fleet),
    ...TIERS.flatMap((tier) => tierLines(fleet, tier)),
    '',
    'who may connect to whom for the chain',
    ...flowLines(fleet),
  ].join('\n')
}

/** Which chain, of how many hosts, and how it signs. */
export function heading(fleet: Fleet): string {
  const cosigners = cosignersOf(fleet)
  const threshold = cosigners[0]?.threshold?.value
  const signing = threshold === undefined ? '' : ` · ${threshold} of ${cosigners.length} cosigners sign`
  return `${fleet.name} · ${String(fleet.profile.data['chain_id'])} · ${fleet.members.length} hosts${signing}`
}

/** The addresses of a host, the private one first; one that is both stands once. */
export function addressesOf({ privateAddress, publicAddress }: Member): readonly string[] {
  return [...new Set([privateAddress, publicAddress].flatMap((address) => (address ? [address.value] : [])))]
}

function tierLines(fleet: Fleet, tier: (typeof TIERS)[number]): readonly string[] {
  const members = tier === 'cosigner' ? cosignersOf(fleet) : ofTier(fleet, tier)
  if (members.length === 0) return []
  return ['', tier, ...columns(members.map(row)).map((line) => `  ${line}`)]
}

function row(member: Member): readonly string[] {
  return [member.name, member.region ?? '', addressesOf(member).join(' '), member.shardId ? `shard ${member.shardId.value}` : '']
}

function flowLines(fleet: Fleet): readonly string[] {
  return columns(flowsOf(fleet).map(({ from, to, port, name }: Flow) => [from, `→ ${to}`, String(port), name])).map((line) => `  ${line}`)
}

function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((cells) => cells[i]?.length ?? 0)))
  return rows.map((cells) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
