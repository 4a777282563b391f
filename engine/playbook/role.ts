import { resolve } from 'node:path'
import { entryAt, type MapNode, type Node, plain } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import type { GivenLayer, Inherited, Layer, RoleRef, Step, Task } from '../core/plan.ts'
import { didYouMean } from '../source/suggest.ts'
import { type Compiling, trying } from './compiling.ts'
import { checkKeywords, isTemplated, nodesAt, valueAt, yes } from './keywords.ts'
import { roleSchema } from './role_arguments.ts'
import { findRole, roleDocuments, roleNames } from './role_files.ts'
import { inherit } from './settings.ts'
import { checkTemplates } from './template_check.ts'

/** How a role is used. */
export interface RoleUsing {
  readonly name: string
  /** Where its name stands. */
  readonly origin: Origin
  readonly position: readonly number[]
  /** What surrounds its use, the keywords of the use itself folded in. */
  readonly inherited: Inherited
  /** Layers that the use itself gives; they are stronger than the role's own. */
  readonly given: readonly Layer[]
  readonly compiling: Compiling
  readonly from?: { readonly tasks?: string; readonly vars?: string; readonly defaults?: string; readonly handlers?: string }
  /** The same use a second time in one play does nothing, unless the role allows it. */
  readonly once?: { readonly signature: string }
  /** Whether all tasks of the play see its variables. */
  readonly isPublic: boolean
}

/** An entry of `roles:` or of a role's dependencies. */
export function compileRoleEntry(
  entry: Node,
  at: { readonly position: readonly number[]; readonly inherited: Inherited; readonly compiling: Compiling },
): readonly Step[] {
  const { compiling } = at
  const map = entryMap(entry)
  const named = map && (entryAt(map, 'role') ?? entryAt(map, 'name'))
  if (!map || named?.value.kind !== 'scalar' || isTemplated(named.value)) {
    compiling.report({
      code: 'bad-role',
      message: 'a role is named by plain text',
      origin: (named?.value ?? entry).origin,
      help: 'write its name, or use `include_role` in a task if the name is a template',
    })
    return []
  }
  const params = checkKeywords(map, 'role', compiling.report).filter(({ key }) => key !== 'role')
  checkTemplates(map, compiling.report)
  const own = { ...map, entries: map.entries.filter(({ key }) => key !== 'vars' && key !== 'name') }
  const vars = valueAt(map, 'vars')
  return compileRole({
    name: named.value.raw,
    origin: named.value.origin,
    position: at.position,
    inherited: inherit(at.inherited, own, 'block vars'),
    given: [
      ...(vars ? [{ rank: 'block vars', values: vars } as const] : []),
      ...(params.length > 0 ? [{ rank: 'role params', values: { ...map, entries: params } } as const] : []),
    ],
    compiling,
    once: { signature: JSON.stringify([params.map(({ key, value }) => [key, plain(value)]), vars ? plain(vars) : null]) },
    isPublic: true,
  })
}

/** The steps of a role, its dependencies first; its handlers and variables go to the play. */
export function compileRole(using: RoleUsing): readonly Step[] {
  const { name, compiling, inherited, position } = using
  const folder = findRole(name, compiling.roleFolders)
  if (folder === undefined) {
    compiling.report(unknownRole(using))
    return []
  }
  if (compiling.trail.includes(folder)) {
    compiling.report({
      code: 'circle',
      message: `the role \`${name}\` leads back to itself: ${[...compiling.trail.slice(compiling.trail.indexOf(folder)), folder].map((path) => `\`${path}\``).join(' → ')}`,
      origin: using.origin,
      help: 'remove one of the dependencies or imports',
    })
    return []
  }
  const inner: Compiling = { ...compiling, trail: [...compiling.trail, folder] }
  const meta = metaOf(folder, inner)
  if (using.once && isRepeated(folder, using, meta)) return []
  const dependencies = nodesAt(meta, 'dependencies').flatMap((entry, i) =>
    compileRoleEntry(entry, { position: [...position, 0, i], inherited, compiling: inner }),
  )
  return [...dependencies, ...ownSteps({ name, folder }, { ...using, compiling: inner })]
}

function ownSteps(role: RoleRef, using: RoleUsing): readonly Step[] {
  const { compiling, from = {}, given, position } = using
  const { read } = compiling.options
  const documents = (part: 'tasks' | 'handlers' | 'vars' | 'defaults'): readonly Node[] =>
    trying(
      compiling,
      () => existing(role, { part, from: from[part], using }, roleDocuments(role.folder, { part, from: from[part] ?? 'main' }, read)),
      [],
    )
  const own: readonly Layer[] = [
    ...documents('defaults').map((values): Layer => ({ rank: 'role defaults', values })),
    ...documents('vars').map((values): Layer => ({ rank: 'role vars', values })),
  ]
  for (const { values } of own) checkLayer(values, compiling)
  const inherited: Inherited = { ...using.inherited, role, vars: [...using.inherited.vars, ...own, ...given, magicOf(role)] }
  if (using.isPublic) compiling.parts.vars.push(...own.filter((layer) => !compiling.parts.vars.includes(layer)))
  const schema = trying(
    compiling,
    () => roleSchema({ folder: role.folder, from: from.tasks ?? 'main', read, report: compiling.report }),
    undefined,
  )
  if (schema)
    compiling.parts.roleCalls.push({
      role,
      accepts: schema,
      when: inherited.when,
      tags: inherited.tags,
      vars: inherited.vars,
      origin: using.origin,
    })
  addHandlers(role, { using, inherited, documents: documents('handlers') })
  return documents('tasks').flatMap((list, i) => compiling.steps(list, { position: [...position, 1, i], inherited, compiling }))
}

/** The names by which tasks know the role they are in. */
function magicOf({ name, folder }: RoleRef): GivenLayer {
  return { rank: 'magic', given: { role_path: resolve(folder), role_name: name, ansible_role_name: name } }
}

/** A part asked for by name has to be there; `main` need not. */
function existing(
  role: RoleRef,
  { part, from, using }: { readonly part: string; readonly from: string | undefined; readonly using: RoleUsing },
  documents: readonly Node[],
): readonly Node[] {
  if (from !== undefined && documents.length === 0) {
    using.compiling.report({
      code: 'missing-file',
      message: `the role \`${role.name}\` has no \`${part}/${from}.yml\``,
      origin: using.origin,
    })
  }
  return documents
}

function checkLayer(values: Node, { report }: Compiling): void {
  if (values.kind === 'map') checkTemplates(values, report)
  else report({ code: 'not-a-map', message: 'variables are a map of names and values', origin: values.origin })
}

/** Once for each role and file of handlers, however often the role is used. */
function addHandlers(
  role: RoleRef,
  { using, inherited, documents }: { readonly using: RoleUsing; readonly inherited: Inherited; readonly documents: readonly Node[] },
): void {
  const { parts } = using.compiling
  if (
    parts.handlers.some(
      (handler) => handler.role?.folder === role.folder && documents.some(({ origin }) => origin.file === handler.origin.file),
    )
  )
    return
  const around: Inherited = { ...inherited, when: [], notify: [] }
  const handlers = documents.flatMap((list) =>
    using.compiling.steps(list, { position: [parts.handlers.length], inherited: around, compiling: using.compiling, handlers: true }),
  )
  parts.handlers.push(...handlers.filter((step): step is Task => step.kind === 'task'))
}

/** A repeated use does nothing, if the earlier one takes place wherever this one would. */
function isRepeated(folder: string, { once, inherited, compiling }: RoleUsing, meta: MapNode): boolean {
  const use = { signature: once?.signature ?? '', when: inherited.when, tags: inherited.tags }
  const earlier = compiling.parts.roles.get(folder) ?? []
  compiling.parts.roles.set(folder, [...earlier, use])
  if (yes(meta, 'allow_duplicates') === true) return false
  return earlier.some(
    (before) =>
      before.signature === use.signature && before.when.every((node) => use.when.includes(node)) && sameTags(before.tags, use.tags),
  )
}

function sameTags(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((tag) => b.includes(tag))
}

function metaOf(folder: string, compiling: Compiling): MapNode {
  const [document] = trying(compiling, () => roleDocuments(folder, { part: 'meta' }, compiling.options.read), [])
  return document?.kind === 'map' ? document : { kind: 'map', entries: [], origin: { file: folder, line: 1, column: 1 } }
}

function entryMap(entry: Node): MapNode | undefined {
  if (entry.kind === 'map') return entry
  if (entry.kind !== 'scalar') return undefined
  return { kind: 'map', origin: entry.origin, entries: [{ key: 'role', keyOrigin: entry.origin, value: entry }] }
}

function unknownRole({ name, origin, compiling }: RoleUsing) {
  const near = didYouMean(name, roleNames(compiling.roleFolders), 'roles')
  const help = `${near === undefined ? '' : `${near}; `}looked in ${compiling.roleFolders.join(', ')}`
  return { code: 'unknown-role', message: `there is no role \`${name}\``, origin, help }
}

/** The topics and names by which the handlers of a role can be notified. */
export function handlerNames(handlers: readonly Task[]): readonly string[] {
  return handlers.flatMap(({ name, role, listen }) => [name, ...(role ? [`${role.name} : ${name}`] : []), ...listen])
}
