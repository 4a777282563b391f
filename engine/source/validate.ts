import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import type { Diagnostic } from '../core/diagnostic.ts'
import { type Entry, type Node, plain } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import { foldAlternatives } from './validate_alternatives.ts'
import { wording } from './validate_wording.ts'

export interface Validating {
  /** What the node is, for the message: `a play`, `nftables`, `group vars`. */
  readonly what: string
  /** What its keys are called; `parameter` for modules. */
  readonly noun?: 'key' | 'parameter'
  /** Where a missing key should be added, if not at the node: the name of the module. */
  readonly at?: Origin
  /** Whether the schema is a user's own, and so may be wrong itself. */
  readonly isForeign?: boolean
}

/** A JSON Schema of draft 2020-12. A `title` in a part of it names that part in messages. */
export interface DocumentSchema {
  readonly [keyword: string]: unknown
}

/** Every way in which a node breaks its schema, each at the key or value concerned. */
export function validateNode(node: Node, schema: DocumentSchema, validating: Validating): readonly Diagnostic[] {
  const check = compiled(schema, validating)
  if (check(plain(node))) return []
  return foldAlternatives(check.errors ?? []).map((error) => diagnosticOf(error, { node, validating }))
}

const OPTIONS = { allErrors: true, verbose: true, strict: false, ownProperties: true, validateFormats: false }
// Checking our own schemas would cost each start as much as reading all its documents.
const ajv = new Ajv2020({ ...OPTIONS, validateSchema: false })
const checks = new WeakMap<DocumentSchema, ValidateFunction>()

function compiled(schema: DocumentSchema, { isForeign = false }: Validating): ValidateFunction {
  const known = checks.get(schema)
  if (known) return known
  const check = (isForeign ? new Ajv2020(OPTIONS) : ajv).compile(schema)
  checks.set(schema, check)
  return check
}

interface Subject {
  readonly node: Node
  readonly validating: Validating
}

function diagnosticOf(error: ErrorObject, { node, validating }: Subject): Diagnostic {
  const path = pathOf(error.instancePath)
  const found = walk(node, path)
  const said = wording(error, { what: described(error, { path, validating }), noun: validating.noun ?? 'key' })
  const key = error.propertyName ?? said.key
  const entry = key === undefined ? undefined : entryOf(found.node, key)
  const parent = path.length === 0 ? validating.at : found.keyOrigin
  const origin = entry?.keyOrigin ?? (error.keyword === 'required' ? parent : undefined) ?? found.node.origin
  return { code: said.code, message: said.message, origin, ...(said.help !== undefined && { help: said.help }) }
}

/** How the message names the value: the title of its schema, or its path in what was checked. */
function described(
  error: ErrorObject,
  { path, validating }: { readonly path: readonly string[]; readonly validating: Validating },
): string {
  if (error.propertyName !== undefined) return `the key \`${error.propertyName}\``
  if (path.length === 0) return validating.what
  const title = (error.parentSchema as { title?: unknown } | undefined)?.title
  if (typeof title === 'string') return title
  const shown = path.reduce((text, part) => text + (/^\d+$/.test(part) ? `[${part}]` : `${text === '' ? '' : '.'}${part}`), '')
  return `\`${shown}\` of ${validating.what}`
}

function pathOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function walk(root: Node, path: readonly string[]): { readonly node: Node; readonly keyOrigin?: Origin } {
  let found: { readonly node: Node; readonly keyOrigin?: Origin } = { node: root }
  for (const part of path) {
    const { node } = found
    const entry = entryOf(node, part)
    if (entry) found = { node: entry.value, keyOrigin: entry.keyOrigin }
    else if (node.kind === 'list') found = { node: node.items[Number(part)] ?? node }
  }
  return found
}

function entryOf(node: Node, key: string): Entry | undefined {
  return node.kind === 'map' ? node.entries.find((entry) => entry.key === key) : undefined
}
