import { relative } from 'node:path'
import { type Diagnostic, Rejected, reject } from '../core/diagnostic.ts'
import { generationProblems } from '../fleet/check_generation.ts'
import { cosignersOf, type Fleet, type FleetHost, type Member } from '../fleet/model.ts'
import { loadInventory } from '../inventory/load.ts'
import type { Inventory } from '../inventory/model.ts'
import { compile } from '../playbook/compile.ts'
import { createKeyring } from '../secrets/keyring.ts'
import { createOpener } from '../secrets/opener.ts'
import { Secret } from '../core/secret.ts'
import { verbLine } from '../report/verb.ts'
import { finishWriting } from '../ceremony/write_together.ts'
import type { Context } from './context.ts'
import { describedHosts, fleetsOf } from './fleets.ts'
import { inventoryNames } from './open_inventory.ts'
import { findProject } from './project.ts'
import { compileOptions } from './roles.ts'
import type { Setting } from './setting.ts'

/** One fleet, as the commands for keys see it. */
export interface CeremonyFleet {
  /** The folder of the project. */
  readonly root: string
  readonly fleet: Fleet
  readonly hosts: readonly FleetHost[]
  readonly chainId: string
  /** In what way the shards that are there do not go together. */
  readonly mixed: readonly Diagnostic[]
  /** The folder of the inventory, in which `host_vars/` is. */
  readonly folder: string
}

interface Asked {
  readonly inventory: readonly string[]
  readonly chain: string | undefined
}

/**
 * The fleet of an inventory with everything sealed left closed, so that nobody's private key is needed. First finishes what an
 * interrupted call had begun to write. A contradiction in the fleet is refused, but for what keys that are still to be made explain.
 */
export async function closedFleet(asked: Asked, context: Context): Promise<CeremonyFleet> {
  const project = findProject(context.cwd)
  const inventories = inventoryNames(asked.inventory, context, project)
  const folder = folderOf(await loadInventory(inventories))
  for (const file of await finishWriting(folder))
    context.screen.note(...verbLine('Wrote', `${relative(context.cwd, folder)}/${file}, which an interrupted call had begun`))
  const inventory = await loadInventory(inventories)
  const plan = compile([], compileOptions(project, context))
  const setting: Setting = { project, inventories, inventory, plan, adjacent: new Map(), extra: [], opener: closed(project.root) }
  return { root: project.root, folder, ...fleetIn(setting, asked.chain) }
}

/** Its cosigners by their shards. Refuses a fleet that has none. */
export function cosignersIn({ fleet }: CeremonyFleet): readonly Member[] {
  const cosigners = cosignersOf(fleet)
  if (cosigners.length > 0) return cosigners
  return reject({
    code: 'keys-fleet',
    message: `the fleet of \`${fleet.name}\` has no cosigners`,
    help: 'put hosts into the group `cosigner`, each with a `shard_id`, and give the group `signing_threshold`',
  })
}

/** The fleet that a call means, of those that a setting describes. */
export function fleetIn(setting: Setting, chain: string | undefined): Pick<CeremonyFleet, 'fleet' | 'hosts' | 'chainId' | 'mixed'> {
  const assembled = fleetsOf(setting, '')
  const problems = (assembled?.problems ?? []).filter(({ code }) => !EXPLAINED.has(code))
  if (problems.length > 0) throw new Rejected(problems)
  const fleets = assembled?.fleets ?? []
  const [fleet, ...others] = chain === undefined ? fleets : fleets.filter(({ name }) => name === chain)
  const names = fleets.map(({ name }) => name).join(', ')
  if (!fleet) return rejectNone(names)
  if (others.length > 0)
    return reject({ code: 'usage', message: `the inventory has ${fleets.length} fleets`, help: `choose one with \`--chain\`: ${names}` })
  const mixed = generationProblems(fleet)
  return { fleet, hosts: describedHosts(setting, ''), chainId: String(fleet.profile.data['chain_id']), mixed }
}

/** The folder of the inventory that is named last, into which keys are written. */
export function folderOf({ sources }: Inventory): string {
  const folder = sources.findLast((source) => source.folder !== undefined)?.folder
  return (
    folder ?? reject({ code: 'keys-fleet', message: 'the inventory has no folder in which keys could be kept', help: 'name one with `-i`' })
  )
}

/** What is not made yet, not opened, or about to be made anew. */
const EXPLAINED: ReadonlySet<string> = new Set(['fleet-node-id', 'keys-mixed'])

function closed(project: string) {
  const opener = createOpener(createKeyring({ project, keyFile: '' }))
  return { ...opener, value: () => new Secret('sealed', '') }
}

function rejectNone(chains: string): never {
  return reject({
    code: 'no-fleet',
    message: chains === '' ? 'the inventory describes no fleet' : 'the inventory has no fleet of this chain',
    help:
      chains === ''
        ? 'name a chain for the hosts of the groups `public`, `sentry` and `cosigner`: `chain: NAME`'
        : `its chains are: ${chains}`,
  })
}
