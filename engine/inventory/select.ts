import type { Diagnostic } from '../core/diagnostic.ts'
import type { Origin } from '../core/origin.ts'
import { didYouMean, nearest } from '../source/suggest.ts'
import { groupHosts } from './members.ts'
import type { Host, Inventory } from './model.ts'
import { BadPattern, isWild, matcher, type PatternPart, parsePattern } from './pattern.ts'
import { TIERS } from './tiers.ts'

/** A pattern as written in `hosts:` or after `--limit`, perhaps several parts in one. */
export interface Pattern {
  readonly text: string
  readonly origin?: Origin
}

export interface Selection {
  /** In the order of the inventory within each part, the parts in the order written; empty if there are problems. */
  readonly hosts: readonly Host[]
  readonly problems: readonly Diagnostic[]
  readonly warnings: readonly Diagnostic[]
}

/**
 * The hosts that patterns stand for together: first all plain parts, then every `&`, then every `!`. A name that is
 * neither host nor group is a problem, also after `!`, where a slip would touch what should be spared.
 */
export function selectHosts(inventory: Inventory, patterns: readonly Pattern[]): Selection {
  const problems: Diagnostic[] = []
  const warnings: Diagnostic[] = []
  const found = patterns.flatMap((pattern) => partsOf(pattern, problems)).map((part) => matched(inventory, { part, problems, warnings }))
  if (problems.length > 0) return { hosts: [], problems, warnings }
  const plain = found.filter(({ sign }) => sign === '')
  const base = plain.length > 0 ? plain.flatMap(({ hosts }) => hosts) : hostsOf(inventory, groupHosts(inventory, 'all'))
  const kept = [...new Map(base.map((host) => [host.name, host])).values()].filter((host) =>
    found.every(({ sign, names }) => sign === '' || names.has(host.name) === (sign === '&')),
  )
  return { hosts: kept, problems, warnings }
}

/** The hosts of a selection that a limit leaves, in the order of the selection. */
export function limited(hosts: readonly Host[], limit: readonly Host[]): readonly Host[] {
  const names = new Set(limit.map(({ name }) => name))
  return hosts.filter(({ name }) => names.has(name))
}

/** The hosts in the order a play asks for; sorting is by character, so `h10` comes before `h2`. */
export function orderHosts(
  hosts: readonly Host[],
  order: 'inventory' | 'reverse_inventory' | 'sorted' | 'reverse_sorted',
): readonly Host[] {
  const sorted = order.endsWith('sorted') ? [...hosts].sort((a, b) => (a.name < b.name ? -1 : 1)) : [...hosts]
  return order.startsWith('reverse') ? sorted.reverse() : sorted
}

interface SignedPart extends PatternPart {
  readonly origin?: Origin
}

function partsOf({ text, origin }: Pattern, problems: Diagnostic[]): readonly SignedPart[] {
  try {
    return parsePattern(text).map((part) => ({ ...part, ...(origin && { origin }) }))
  } catch (error) {
    problems.push(badPattern(error, origin))
    return []
  }
}

function badPattern(error: unknown, origin: Origin | undefined): Diagnostic {
  if (!(error instanceof BadPattern)) throw error
  return { code: 'bad-pattern', message: error.message, help: error.help, ...(origin && { origin }) }
}

interface Matching {
  readonly part: SignedPart
  readonly problems: Diagnostic[]
  readonly warnings: Diagnostic[]
}

interface Matched {
  readonly sign: PatternPart['sign']
  readonly hosts: readonly Host[]
  readonly names: ReadonlySet<string>
}

function matched(inventory: Inventory, { part, problems, warnings }: Matching): Matched {
  const host = part.sign === '' ? inventory.hosts.get(part.text) : undefined
  const hosts = host ? [host] : matchedBy(inventory, { part, problems, warnings })
  return { sign: part.sign, hosts, names: new Set(hosts.map(({ name }) => name)) }
}

function matchedBy(inventory: Inventory, { part, problems, warnings }: Matching): readonly Host[] {
  const { expression, subscript, origin } = part
  try {
    const all = enumerated(inventory, expression)
    if (!all) {
      if (isWild(expression)) warnings.push(nothing(part))
      else problems.push(unknown(inventory, part))
      return []
    }
    if (!subscript) return all
    const first = subscript.first < 0 ? all.length + subscript.first : subscript.first
    const last = subscript.last ?? all.length - 1
    const hosts = all.slice(Math.max(first, 0), subscript.first < 0 ? first + 1 : last + 1)
    if (hosts.length === 0) warnings.push(nothing(part))
    return hosts
  } catch (error) {
    problems.push(badPattern(error, origin))
    return []
  }
}

/** All hosts of the groups that match, then the hosts that match, each once; undefined if the expression matches nothing. */
function enumerated(inventory: Inventory, expression: string): readonly Host[] | undefined {
  const matches = matcher(expression)
  const groups = [...inventory.groups.keys()].filter(matches)
  const names = groups.flatMap((name) => groupHosts(inventory, name))
  const looksAtHosts = groups.length === 0 || isWild(expression) || expression.includes('.')
  const hosts = looksAtHosts ? [...inventory.hosts.keys()].filter(matches) : []
  const all = hostsOf(inventory, [...new Set([...names, ...hosts])])
  if (groups.length > 0 || all.length > 0) return all
  if (LOCAL.includes(expression)) return [localHost(inventory, expression)]
  return (TIERS as readonly string[]).includes(expression) ? [] : undefined
}

function hostsOf(inventory: Inventory, names: readonly string[]): readonly Host[] {
  return names.map((name) => inventory.hosts.get(name) as Host)
}

/** Names of the controller itself, which need not be in the inventory. */
export const LOCAL: readonly string[] = ['localhost', '127.0.0.1', '::1']

function localHost(inventory: Inventory, name: string): Host {
  const listed = [...inventory.hosts.values()].find((host) => LOCAL.includes(host.name))
  if (listed) return listed
  const origin = { file: 'the implicit localhost', line: 1, column: 1 }
  const value = { kind: 'scalar', value: 'local', raw: 'local', quoted: false, origin } as const
  const vars = [{ kind: 'map', entries: [{ key: 'ansible_connection', keyOrigin: origin, value }], origin } as const]
  return { name, origin, groups: [], vars, implicit: true }
}

function nothing({ text, origin }: SignedPart): Diagnostic {
  return { code: 'pattern-without-hosts', message: `\`${text}\` matches no host`, ...(origin && { origin }) }
}

function unknown(inventory: Inventory, { expression, origin }: SignedPart): Diagnostic {
  const groups = [...inventory.groups.keys()]
  const near = nearest(expression, [...groups, ...inventory.hosts.keys()])
  const help = near === undefined ? didYouMean(expression, groups, 'groups') : `did you mean \`${near}\`?`
  return {
    code: 'unknown-host',
    message: `no host and no group is called \`${expression}\``,
    ...(help !== undefined && { help }),
    ...(origin && { origin }),
  }
}
