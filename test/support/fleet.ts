import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Json } from '../../engine/core/json.ts'
import { callHoldfast } from './command.ts'
import type { TestHost } from './lab.ts'

/** What a run of the command said, as its JSON has it. */
export interface FleetRun {
  readonly code: number | null
  /** What it told people. */
  readonly err: string
  readonly hosts: { readonly [host: string]: { readonly changed: number; readonly failed: number; readonly unreachable: number } }
  readonly results: readonly { readonly host: string; readonly task: string; readonly status: string; readonly message?: string }[]
  /** `file:line:column message` of what kept it from starting. */
  readonly errors: readonly string[]
}

export interface FleetRequest {
  /** Test hosts by group; the first of group `sentry` is called `sentry-1`. */
  readonly groups: { readonly [group: string]: readonly TestHost[] }
  readonly roles: readonly string[]
  readonly vars?: { readonly [name: string]: Json }
  /** To which of the hosts the roles are given; left out, to all. */
  readonly hosts?: string
  /** Variables of single hosts, by the names of the hosts. */
  readonly hostVars?: { readonly [host: string]: { readonly [name: string]: Json } }
}

export interface Fleet {
  /** The project; `hosts.yml` in it is the inventory. */
  readonly folder: string
  /** Applies the roles; further words are flags of the command. */
  apply(...words: readonly string[]): Promise<FleetRun>
  /** Applies another playbook to the same hosts. */
  run(playbook: string, ...words: readonly string[]): Promise<FleetRun>
}

/** A project with an inventory of these hosts and a playbook that gives them the roles, while the body runs. */
export async function withFleet(request: FleetRequest, body: (fleet: Fleet) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-fleet-'))
  try {
    await writeFile(join(folder, 'hosts.yml'), JSON.stringify(inventoryOf(request), null, 2))
    await writeFile(join(folder, 'site.yml'), JSON.stringify([{ hosts: request.hosts ?? 'all', become: true, roles: request.roles }]))
    await body({ folder, apply: (...words) => apply(folder, ['site.yml', ...words]), run: (...words) => apply(folder, words) })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The address under which the hosts of a lab see this machine. */
function controllerOf({ address }: TestHost): string {
  return address.replace(/\d+$/, '1')
}

function inventoryOf({ groups, vars, hostVars }: FleetRequest): Json {
  const [first] = Object.values(groups).flat()
  if (!first) throw new Error('a fleet needs a host')
  return {
    all: {
      vars: {
        ansible_user: first.user,
        ansible_ssh_private_key_file: first.keyFile,
        ansible_ssh_common_args: `-o UserKnownHostsFile=${first.knownHostsFile}`,
        private_address: '{{ ansible_host }}',
        firewall_management: [controllerOf(first)],
        ...vars,
      },
      children: Object.fromEntries(
        Object.entries(groups).map(([group, hosts]) => [
          group,
          {
            hosts: Object.fromEntries(
              hosts.map(({ address }, i) => [`${group}-${i + 1}`, { ansible_host: address, ...hostVars?.[`${group}-${i + 1}`] }]),
            ),
          },
        ]),
      ),
    },
  }
}

async function apply(folder: string, words: readonly string[]): Promise<FleetRun> {
  const { code, out, err } = await callHoldfast(['apply', ...words, '-i', 'hosts.yml', '--yes', '--json'], {
    cwd: folder,
    timeoutMs: 900_000,
  })
  const { hosts = {}, results = [], errors = [] } = toldBy(out, `it ended with ${code}, and said: ${err}`)
  return {
    code,
    err,
    hosts,
    results,
    errors: errors.map(({ origin, message }) => `${shown(origin)} ${message}`.replaceAll(`${folder}/`, '')),
  }
}

interface Told {
  readonly hosts?: FleetRun['hosts']
  readonly results?: FleetRun['results']
  readonly errors?: readonly { readonly message: string; readonly origin?: { file: string; line: number; column: number } }[]
}

function toldBy(out: string, otherwise: string): Told {
  try {
    return JSON.parse(out) as Told
  } catch {
    throw new Error(`the command printed no JSON but \`${out.slice(-500)}\`; ${otherwise}`)
  }
}

function shown(origin: { file: string; line: number; column: number } | undefined): string {
  return origin === undefined ? 'nowhere' : `${origin.file}:${origin.line}:${origin.column}`
}
