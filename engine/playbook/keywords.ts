import type { Diagnostic } from '../core/diagnostic.ts'
import { type Entry, type ListNode, type MapNode, type Node, entryAt } from '../core/node.ts'
import { didYouMean, nearest } from '../source/suggest.ts'
import { type Form, keywordsOn, type Owner } from './keyword_table.ts'
import { isTemplate } from './template.ts'
import { conditionProblems } from './when.ts'

export type Report = (problem: Diagnostic) => void

/** Reports keywords of a map that are refused here or have a value of the wrong form, and gives the entries that are no keywords. */
export function checkKeywords(map: MapNode, owner: Owner, report: Report): readonly Entry[] {
  const known = keywordsOn(owner)
  for (const { key, keyOrigin, value } of map.entries) {
    const keyword = known.get(key)
    if (keyword?.instead !== undefined)
      report({ code: 'unsupported-keyword', message: `\`${key}\` is not supported`, origin: keyOrigin, help: keyword.instead })
    else if (keyword) CHECKS[keyword.form]?.({ key, value, report })
  }
  return map.entries.filter(({ key }) => !known.has(key))
}

/** What is wrong with a key that nobody knows. */
export function unknownKey({ key, keyOrigin }: Entry, known: readonly string[], what: string): Diagnostic {
  const meant = nearest(key, known)
  const help = meant === undefined ? didYouMean(key, known, 'keys') : `did you mean \`${meant}\`?`
  return { code: 'unknown-key', message: `${what} has no key \`${key}\``, origin: keyOrigin, ...(help !== undefined && { help }) }
}

/** A keyword that is yes or no. */
export function yes(map: MapNode, key: string): boolean | undefined {
  const node = valueAt(map, key)
  return node?.kind === 'scalar' && typeof node.value === 'boolean' ? node.value : undefined
}

/** A keyword as one node, absent if it is null. */
export function valueAt(map: MapNode, key: string): Node | undefined {
  const value = entryAt(map, key)?.value
  return value?.kind === 'scalar' && value.value === null ? undefined : value
}

/** A keyword that is a name and no template. */
export function nameAt(map: MapNode, key: string): string | undefined {
  const node = valueAt(map, key)
  return node?.kind === 'scalar' ? node.raw : undefined
}

/** A keyword that must be a list; absent if it is none, which `checkKeywords` reports. */
export function listAt(map: MapNode, key: string): ListNode | undefined {
  const node = valueAt(map, key)
  return node?.kind === 'list' ? node : undefined
}

/** A keyword that is one value or a list of them, as nodes. */
export function nodesAt(map: MapNode, key: string): readonly Node[] {
  const node = valueAt(map, key)
  if (node === undefined) return []
  return node.kind === 'list' ? node.items : [node]
}

/** A keyword that lists names, separated by commas if it is text. */
export function namesAt(map: MapNode, key: string): readonly string[] {
  return nodesAt(map, key)
    .flatMap((node) => (node.kind === 'scalar' ? node.raw.split(',').map((name) => name.trim()) : []))
    .filter((name) => name !== '')
}

interface Checking {
  readonly key: string
  readonly value: Node
  readonly report: Report
}

const CHECKS: { readonly [form in Form]?: (checking: Checking) => void } = {
  text: (checking) => isScalar(checking.value) || wrong(checking, 'must be text'),
  name: (checking) => isPlain(checking.value) || wrong(checking, 'must be a plain name, not a template'),
  'yes-or-no': (checking) => isYesOrNo(checking.value) || wrong(checking, 'must be yes or no', templateHelp(checking.value)),
  'yes-or-template': (checking) => isYesOrNo(checking.value) || isTemplated(checking.value) || wrong(checking, 'must be yes or no'),
  number: (checking) => isNumber(checking.value) || isTemplated(checking.value) || wrong(checking, 'must be a number'),
  percentage: (checking) => isNumber(checking.value, '%?') || isTemplated(checking.value) || wrong(checking, 'must be a percentage'),
  conditions: ({ value, report }) => {
    for (const condition of value.kind === 'list' ? value.items : [value])
      for (const problem of conditionProblems(condition)) report(problem)
  },
  names: (checking) => each(checking, isPlain, 'must be plain names, not templates'),
  texts: (checking) => each(checking, isScalar, 'must be text, or a list of it'),
  map: (checking) => checking.value.kind === 'map' || isEmpty(checking.value) || wrong(checking, 'must be a map'),
  maps: (checking) => each(checking, (node) => node.kind === 'map' || isTemplated(node), 'must be a map, or a list of maps'),
  list: (checking) =>
    checking.value.kind === 'list' || isEmpty(checking.value) || wrong(checking, 'must be a list', 'begin each entry with `- `'),
}

function each(checking: Checking, isGood: (node: Node) => boolean, message: string): void {
  const { value } = checking
  for (const node of value.kind === 'list' ? value.items : [value])
    if (!isEmpty(node) && !isGood(node)) wrong({ ...checking, value: node }, message)
}

function wrong({ key, value, report }: Checking, message: string, help?: string): void {
  report({ code: 'bad-keyword', message: `\`${key}\` ${message}`, origin: value.origin, ...(help !== undefined && { help }) })
}

function templateHelp(value: Node): string | undefined {
  return isTemplated(value) ? 'this has to be known before the run; decide it with two tasks and `when`' : undefined
}

function isScalar(node: Node): boolean {
  return node.kind === 'scalar'
}

function isEmpty(node: Node): boolean {
  return node.kind === 'scalar' && node.value === null
}

function isPlain(node: Node): boolean {
  return node.kind === 'scalar' && !isTemplated(node)
}

function isYesOrNo(node: Node): boolean {
  return node.kind === 'scalar' && (typeof node.value === 'boolean' || node.value === null)
}

function isNumber(node: Node, unit = ''): boolean {
  return node.kind === 'scalar' && (node.value === null || new RegExp(`^-?\\d+(\\.\\d+)?${unit}$`).test(String(node.value)))
}

/** Whether a node is text with something to render. */
export function isTemplated(node: Node): boolean {
  return node.kind === 'scalar' && typeof node.value === 'string' && node.tag !== '!unsafe' && isTemplate(node.value)
}
