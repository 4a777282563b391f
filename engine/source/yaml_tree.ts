import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, type Node as YamlNode, type Pair, type YAMLMap } from 'yaml'
import type { Diagnostic } from '../core/diagnostic.ts'
import type { Entry, MapNode, Node, ScalarNode } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import { keyText, scalarNode } from './yaml_leaf.ts'
import { unquotedTemplate } from './yaml_syntax.ts'

export interface Tree {
  readonly text: string
  readonly place: (offset: number) => Origin
  readonly problems: Diagnostic[]
  readonly isJson: boolean
}

/** The document as nodes: typed, aliases and merge keys resolved. What is wrong is added to `problems`. */
export function treeOf(document: Document.Parsed, tree: Tree): Node {
  const walk: Walk = { ...tree, anchors: new Map(), size: 0, isUnsafe: false }
  return nodeOf(document.contents, { walk, offset: document.contents?.range?.[0] ?? document.range[0] })
}

interface Walk extends Tree {
  /** `open` while the anchored value is still being read. */
  readonly anchors: Map<string, { readonly node: Node; readonly size: number } | 'open'>
  /** Values so far, each alias counted in full. */
  size: number
  /** Inside a list or map tagged `!unsafe`. */
  isUnsafe: boolean
}

interface Step {
  readonly walk: Walk
  /** Where the value stands if the document leaves it out. */
  readonly offset: number
}

/** A document that expands to more values than this is an attack or an accident. */
const MOST_VALUES = 2_000_000
const MOST_PROBLEMS = 50

function nodeOf(node: YamlNode | null, { walk, offset }: Step): Node {
  walk.size += 1
  if (node === null) return empty(walk.place(offset))
  const origin = walk.place(node.range?.[0] ?? offset)
  if (isAlias(node)) return aliased(node, { walk, origin })
  const { anchor } = node as { anchor?: string }
  if (anchor === undefined) return content(node, { walk, origin })
  const before = walk.size
  walk.anchors.set(anchor, 'open')
  const value = content(node, { walk, origin })
  walk.anchors.set(anchor, { node: value, size: walk.size - before + 1 })
  return value
}

interface At {
  readonly walk: Walk
  readonly origin: Origin
}

function content(node: YamlNode, { walk, origin }: At): Node {
  if (isScalar(node)) return scalarNode(node, { ...walk, origin, report: (problem) => report(walk, problem) })
  const wasUnsafe = walk.isUnsafe
  checkTag(node, { walk, origin })
  const value = isMap(node) ? mapOf(node, { walk, origin }) : listOf(node, { walk, origin })
  walk.isUnsafe = wasUnsafe
  return value
}

function listOf(node: YamlNode, { walk, origin }: At): Node {
  if (!isSeq<YamlNode | null>(node)) return empty(origin)
  const items = node.items.map((item) => nodeOf(item, { walk, offset: node.range?.[1] ?? 0 }))
  return { kind: 'list', items, origin }
}

function checkTag(node: YamlNode, { walk, origin }: At): void {
  const { tag } = node as { tag?: string }
  if (tag === '!unsafe') walk.isUnsafe = true
  else if (tag !== undefined && !COLLECTION_TAGS.has(tag)) {
    const help = tag === '!secret' ? 'tag each value in it instead' : 'remove it; lists and maps take no tag but `!unsafe`'
    report(walk, { code: 'unknown-tag', message: `the tag \`${tag}\` cannot stand before a list or a map`, origin, help })
  }
}

const COLLECTION_TAGS = new Set(['!', 'tag:yaml.org,2002:map', 'tag:yaml.org,2002:seq'])

function aliased(node: Alias, { walk, origin }: At): Node {
  const found = walk.anchors.get(node.source)
  const name = `\`*${node.source}\``
  if (found === 'open') {
    report(walk, { code: 'endless-alias', message: `${name} stands inside the value it repeats`, origin, help: 'remove the alias' })
    return empty(origin)
  }
  if (found === undefined) {
    const help = `write \`&${node.source}\` before the value it should repeat, or quote a text that begins with \`*\``
    report(walk, { code: 'unknown-alias', message: `nothing above is anchored as \`&${node.source}\``, origin, help })
    return empty(origin)
  }
  if (walk.size <= MOST_VALUES && walk.size + found.size > MOST_VALUES) {
    const message = `${name} makes the document expand to more than ${MOST_VALUES} values`
    report(walk, { code: 'document-too-large', message, origin, help: 'repeat less by alias' })
  }
  walk.size += found.size
  return found.node
}

function mapOf(map: YAMLMap, { walk, origin }: At): MapNode {
  const own = new Map<string, Entry>()
  const merged: Entry[] = []
  for (const pair of map.items as Pair<YamlNode | null, YamlNode | null>[]) {
    const keyOffset = pair.key?.range?.[0] ?? map.range?.[0] ?? 0
    const key = keyOf(pair.key, { walk, offset: keyOffset })
    const value = nodeOf(pair.value, { walk, offset: pair.key?.range?.[1] ?? keyOffset })
    if (key === undefined) continue
    const first = own.get(key.text)
    if (first) report(walk, duplicate(key, first))
    else own.set(key.text, { key: key.text, keyOrigin: key.origin, value })
    if (key.isMerge && !first) {
      own.delete(key.text)
      merged.push(...mergedEntries(value, walk))
    }
  }
  return { kind: 'map', entries: [...overriding(merged, own).values()], origin }
}

interface Key {
  readonly text: string
  readonly origin: Origin
  readonly isMerge: boolean
}

function keyOf(key: YamlNode | null, { walk, offset }: Step): Key | undefined {
  if (isMap(key) && walk.text.startsWith('{{', offset - 1)) {
    report(walk, unquotedTemplate(walk.place(offset - 1)))
    return undefined
  }
  if (key !== null && !isScalar(key) && !isAlias(key)) {
    const origin = walk.place(offset)
    report(walk, { code: 'key-not-text', message: 'a list or a map cannot be a key', origin, help: 'quote the key, or check the brackets' })
    return undefined
  }
  const node = nodeOf(key, { walk, offset })
  if (node.kind !== 'scalar') {
    report(walk, {
      code: 'key-not-text',
      message: 'a list or a map cannot be a key',
      origin: walk.place(offset),
      help: 'write the key out',
    })
    return undefined
  }
  const isMerge = node.raw === '<<' && !node.quoted && isScalar(key)
  const text = keyText(node, (problem) => report(walk, problem))
  return { text, origin: isAlias(key) ? walk.place(offset) : node.origin, isMerge }
}

function duplicate(key: Key, first: Entry): Diagnostic {
  return {
    code: 'duplicate-key',
    message: `the key \`${key.text}\` appears twice in one map`,
    origin: key.origin,
    help: 'remove one of the two; Ansible would silently take the last',
    related: [{ message: 'first here', origin: first.keyOrigin }],
  }
}

/** What `<<` brings in; of several maps, the earlier one wins. */
function mergedEntries(value: Node, walk: Walk): readonly Entry[] {
  if (value.kind === 'map') return value.entries
  if (value.kind === 'list' && value.items.every(({ kind }) => kind === 'map')) {
    return value.items.toReversed().flatMap((item) => (item as MapNode).entries)
  }
  report(walk, {
    code: 'bad-merge',
    message: '`<<` takes a map or a list of maps',
    origin: value.origin,
    help: 'point it at an anchored map',
  })
  return []
}

function overriding(merged: readonly Entry[], own: ReadonlyMap<string, Entry>): ReadonlyMap<string, Entry> {
  if (merged.length === 0) return own
  const all = new Map(merged.map((entry) => [entry.key, entry]))
  for (const [key, entry] of own) all.set(key, entry)
  return all
}

function report(walk: Walk, problem: Diagnostic): void {
  if (walk.problems.length < MOST_PROBLEMS) walk.problems.push(problem)
}

function empty(origin: Origin): ScalarNode {
  return { kind: 'scalar', value: null, raw: '', quoted: false, origin }
}
