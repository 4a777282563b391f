import { scanCommand } from '../support/port_scan.ts'
import type { StandingFleet } from './standing_fleet.ts'

/** Ports that a program of the fleet uses, or that would be a way in. */
const PORTS = [22, 1234, 1317, 2222, 6001, 8080, 8428, 9090, 9100, 9428, 26656, 26657, 26660]

type Zone = 'public' | 'sentry' | 'cosigner' | 'monitoring' | 'bastion' | 'world'

/** Two hosts of each zone where there are two, so that flows within a zone are seen. */
const HOSTS: { readonly [host: string]: { readonly zone: Zone; readonly last: number } } = {
  'public-1': { zone: 'public', last: 11 },
  'public-2': { zone: 'public', last: 12 },
  'sentry-1': { zone: 'sentry', last: 21 },
  'sentry-2': { zone: 'sentry', last: 22 },
  'cosigner-1': { zone: 'cosigner', last: 31 },
  'cosigner-2': { zone: 'cosigner', last: 32 },
  'monitoring-1': { zone: 'monitoring', last: 41 },
  'bastion-1': { zone: 'bastion', last: 51 },
  'world-1': { zone: 'world', last: 101 },
}

/** What a public node reaches of the world: all that answers there, from 1024 on. The world's own node keeps 9090 and 26657 to itself. */
const OUTSIDE = PORTS.filter((port) => port >= 1024 && port !== 9090 && port !== 26657)

/** Who may reach what, written down once more and by hand: what the firewall was derived from cannot judge it. */
const MATRIX: { readonly [from in Zone]: { readonly [to in Zone]?: readonly number[] } } = {
  world: { public: [26656] },
  public: {
    public: [26656],
    sentry: [26656],
    monitoring: [8428, 9428],
    world: OUTSIDE,
  },
  sentry: { public: [26656], sentry: [26656], monitoring: [8428, 9428] },
  cosigner: { sentry: [1234], cosigner: [2222] },
  monitoring: { public: [9100, 26660], sentry: [9100, 26660], cosigner: [6001, 9100], bastion: [9100] },
  bastion: { public: [22], sentry: [22], cosigner: [22], monitoring: [22, 8428, 9428] },
}

/** What each of the hosts reaches of the others, a line for each pair. On ports where nothing listens, something does meanwhile. */
export async function openPorts(fleet: StandingFleet): Promise<readonly string[]> {
  const names = Object.keys(HOSTS)
  await Promise.all(names.map((host) => listen(fleet, host)))
  try {
    const found: string[] = []
    for (const from of names) found.push(...(await reachedFrom(fleet, from)))
    return found.sort()
  } finally {
    await Promise.all(names.map((host) => fleet.on(host, 'systemctl stop hf-listen; true')))
  }
}

export function portsOfMatrix(): readonly string[] {
  const names = Object.keys(HOSTS)
  return pairs(names)
    .map(([from, to]) => line(from, to, MATRIX[zoneOf(from)][zoneOf(to)] ?? []))
    .filter((text) => text !== '')
    .sort()
}

async function listen(fleet: StandingFleet, host: string): Promise<void> {
  const taken = await fleet.on(host, 'ss -Hltn | awk \'{ n = split($4, part, ":"); print part[n] }\'')
  const free = PORTS.filter((port) => !taken.split('\n').includes(String(port)))
  const words = free.map((port) => `-l ${port}`).join(' ')
  await fleet.on(host, `systemd-run --quiet --collect --unit=hf-listen systemd-socket-activate ${words} --accept --inetd sleep 5`)
  const open = `ss -Hltn '( ${free.map((port) => `sport = :${port}`).join(' or ')} )' | wc -l`
  await fleet.on(host, `for i in $(seq 1200); do [ "$(${open})" -ge ${free.length} ] && exit 0; sleep 0.05; done; exit 1`)
}

async function reachedFrom(fleet: StandingFleet, from: string): Promise<readonly string[]> {
  const others = Object.keys(HOSTS).filter((to) => to !== from)
  const scanned = others.map((name) => ({ name, address: `${fleet.range}.${HOSTS[name]?.last}` }))
  const open = (await fleet.on(from, scanCommand(scanned, PORTS))).split('\n')
  return others
    .map((to) =>
      line(
        from,
        to,
        PORTS.filter((port) => open.includes(`${to} ${port}`)),
      ),
    )
    .filter((text) => text !== '')
}

function pairs(names: readonly string[]): readonly (readonly [string, string])[] {
  return names.flatMap((from) => names.flatMap((to) => (from === to ? [] : [[from, to] as const])))
}

function zoneOf(host: string): Zone {
  return HOSTS[host]?.zone ?? 'world'
}

function line(from: string, to: string, ports: readonly number[]): string {
  return ports.length === 0 ? '' : `${from} → ${to} ${[...ports].sort((a, b) => a - b).join(' ')}`
}
