import { type Diagnostic, Rejected } from '../core/diagnostic.ts'
import { at } from '../core/node.ts'
import { type Assembled, assembleFleets, describesFleet } from '../fleet/assemble.ts'
import type { FleetHost } from '../fleet/model.ts'
import { profileFinder } from '../fleet/profile.ts'
import { rivalChains } from '../fleet/rivals.ts'
import { hostLayers } from '../inventory/layers.ts'
import { groupHosts } from '../inventory/members.ts'
import type { Host } from '../inventory/model.ts'
import { fleetHost, fleetTerm, NOT_YET } from '../playbook/fleet_variable.ts'
import { magicValues } from '../playbook/magic.ts'
import { createScope, type Scope } from '../playbook/scope.ts'
import type { Term } from '../playbook/term.ts'
import { chainFolders } from './roles.ts'
import type { Setting } from './setting.ts'

/** The fleets that an inventory describes, with the variables beside the playbooks of a folder; undefined if it describes none. */
export function fleetsOf(setting: Setting, folder: string): Assembled | undefined {
  const known = assembled.get(setting) ?? new Map<string, Assembled | undefined>()
  assembled.set(setting, known)
  if (!known.has(folder)) known.set(folder, assembledFor(setting, folder))
  return known.get(folder)
}

/** The same, refused with every contradiction in it. */
export function soundFleets(setting: Setting, folder: string): Assembled | undefined {
  const fleets = fleetsOf(setting, folder)
  if (fleets && fleets.problems.length > 0) throw new Rejected(fleets.problems)
  return fleets
}

/** The variable `fleet` of a host. */
export function fleetOf(setting: Setting, { host, folder }: { readonly host: string; readonly folder: string }): Term | undefined {
  const fleets = fleetsOf(setting, folder)
  return fleets && fleetTerm(fleets, host)
}

/** A setting never changes, so its fleets are made once. */
const assembled = new WeakMap<Setting, Map<string, Assembled | undefined>>()

function assembledFor(setting: Setting, folder: string): Assembled | undefined {
  const hosts = describedHosts(setting, folder)
  if (!describesFleet(hosts)) return undefined
  const assembled = assembleFleets({ hosts, profileOf: profileFinder(chainFolders(setting.plan.root)) })
  return { ...assembled, problems: [...givenByHand(setting), ...assembled.problems] }
}

/** What the guards of every run must know alike, given for one run alone. */
function givenByHand({ extra }: Setting): readonly Diagnostic[] {
  return ['chain', 'signing_threshold'].flatMap((variable) => {
    const node = extra.map(({ values }) => at(values, variable)).find((found) => found !== undefined)
    if (!node) return []
    const message = `\`${variable}\` is given with \`-e\``
    const detail = 'it is what the guards of every run go by'
    return [{ code: 'fleet-value', message, origin: node.origin, detail, help: 'write it in the inventory' }]
  })
}

/** Every host of an inventory with the variables that describe it. */
export function describedHosts(setting: Setting, folder: string): readonly FleetHost[] {
  const { inventory, adjacent, extra } = setting
  const scopes = new Map<string, Scope>()
  const layersOf = (host: Host) => hostLayers(inventory, host, adjacent.get(folder))
  const groups = Object.fromEntries([...inventory.groups.keys()].map((name) => [name, groupHosts(inventory, name)]))
  const scopeOf = (name: string): Scope | undefined => {
    const host = inventory.hosts.get(name)
    const known = scopes.get(name) ?? (host && scopeFor(host))
    if (known) scopes.set(name, known)
    return known
  }
  const scopeFor = (host: Host): Scope => {
    const around = { ...NOTHING_RUNS, host: host.name, groups, groupNames: host.groups, scopeOf, playbookFolder: folder }
    const layers = [...layersOf(host), ...extra, NOT_YET, magicValues(around)]
    return createScope(layers, { host: host.name, open: setting.opener.value })
  }
  return [...inventory.hosts.values()].map((host) => {
    const layers = layersOf(host)
    const rivals = extra.some(({ values }) => at(values, 'chain')) ? [] : rivalChains(layers, inventory)
    const { name, origin, groups: own } = host
    return fleetHost({ name, origin, groups: own, rivalChains: rivals, layers: [...layers, ...extra], scope: () => scopeOf(name) as Scope })
  })
}

const NOTHING_RUNS = { playHosts: [], batch: [], allPlayHosts: [], checkMode: false }
