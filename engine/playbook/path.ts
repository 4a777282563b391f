import { reject } from '../core/diagnostic.ts'
import { helperNamed } from './template_helpers.ts'
import type { Place } from './place.ts'
import { type Path, spanOf } from './template.ts'
import { keysOf, member, type Term } from './term.ts'
import { undefinedName } from './undefined.ts'

/** The names a template may use. */
export interface Names {
  /** What a name stands for, or undefined. Throws `Pending` for a name that will be known later. */
  readonly lookup: (name: string) => Term | undefined
  readonly names: () => readonly string[]
}

export interface Rendering extends Names {
  readonly text: string
  readonly place: Place
}

/** What a block adds: `each` and `with` move to another value, and may name it. */
export interface Frame {
  readonly context: Term
  /** Block params were given, so bare names go on meaning variables. */
  readonly named: boolean
  readonly params: { readonly [name: string]: Term }
  readonly data: { readonly [name: string]: Term }
  readonly parent: Frame | undefined
}

export interface Position {
  readonly rendering: Rendering
  readonly frame: Frame | undefined
}

/** The value of a path, or undefined where a name or key on the way does not exist. */
export function resolve(position: Position, path: Path): Term | undefined {
  const [first, ...rest] = path.parts
  const start = path.data
    ? dataValue(position, path)
    : startOf(climb(position.frame, path.depth), { position, first, explicit: /^(this\b|\.)/.test(path.original) })
  return rest.reduce<Term | undefined>((term, key) => (term === undefined ? undefined : member(term, key)), start)
}

function climb(frame: Frame | undefined, depth: number): Frame | undefined {
  let current = frame
  for (let i = 0; i < depth; i++) current = current?.parent
  return current
}

interface Start {
  readonly position: Position
  readonly first: string | undefined
  /** Written `this.x` or `../x`: no block param is meant. */
  readonly explicit: boolean
}

function startOf(frame: Frame | undefined, { position, first, explicit }: Start): Term | undefined {
  if (first === undefined) return frame?.context
  const named = explicit ? undefined : blockParam(frame, first)
  if (named !== undefined) return named
  if (explicit && frame) return member(frame.context, first)
  const inner = nearestUnnamed(frame)
  return inner ? member(inner.context, first) : position.rendering.lookup(first)
}

function blockParam(frame: Frame | undefined, name: string): Term | undefined {
  for (let current = frame; current; current = current.parent) if (Object.hasOwn(current.params, name)) return current.params[name]
  return undefined
}

/** Blocks that name their item leave bare names to the variables; the others, as in Handlebars, move into the item. */
function nearestUnnamed(frame: Frame | undefined): Frame | undefined {
  let current = frame
  while (current?.named) current = current.parent
  return current
}

function dataValue(position: Position, path: Path): Term | undefined {
  const name = path.parts[0] ?? ''
  if (name === 'root' && path.parts.length > 1) return rootMember(position, path)
  for (let frame = climb(position.frame, path.depth); frame; frame = frame.parent)
    if (Object.hasOwn(frame.data, name)) return frame.data[name]
  return undefined
}

function rootMember(position: Position, path: Path): Term | undefined {
  const key = path.parts[1] ?? ''
  const value = position.rendering.lookup(key)
  return value === undefined ? undefined : ({ [key]: value } as Term)
}

/** Rejects with what is wrong about a path that leads nowhere. */
export function undefinedPath(position: Position, path: Path): never {
  const { rendering, frame } = position
  const origin = rendering.place(spanOf(rendering.text, path.loc))
  const isEmpty = resolve(position, path) === null
  const outer =
    frame && !isEmpty && !path.data && path.depth === 0 && path.parts[0] !== undefined ? rendering.lookup(path.parts[0]) : undefined
  const diagnostic = undefinedName(path.parts, {
    written: path.original,
    reach: (parts) => resolve(position, { ...path, parts: [...parts] }),
    names: () => (nearestUnnamed(frame) ? keysOf(nearestUnnamed(frame)?.context ?? null) : rendering.names()),
  })
  const helper = path.parts.length === 1 ? helperNamed(path.original) : undefined
  if (helper) return reject({ ...diagnostic, origin, help: `it is a helper: write \`{{ ${helper.usage} }}\`` })
  return reject({
    ...diagnostic,
    origin,
    ...(outer !== undefined && {
      help: `inside \`each\` and \`with\` a name means a key of the item; write \`../${path.original}\`, or name the item: \`as |item|\``,
    }),
  })
}
