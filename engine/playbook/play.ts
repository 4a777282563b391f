import { dirname, join } from 'node:path'
import { type Entry, type MapNode, type Node, entryAt } from '../core/node.ts'
import type { Layer, Play, Step, Task } from '../core/plan.ts'
import { type Compiling, emptyParts, trying } from './compiling.ts'
import { checkNotifications, checkHandlers } from './handlers.ts'
import { checkKeywords, isTemplated, listAt, nameAt, nodesAt, unknownKey, valueAt, yes } from './keywords.ts'
import { keywordsOn, supportedOn } from './keyword_table.ts'
import { compileRoleEntry } from './role.ts'
import { findDocument, roleFolders } from './role_files.ts'
import { inherit, layerOf, nothingInherited } from './settings.ts'
import { checkTemplates } from './template_check.ts'

/** What a playbook that imports this one says for all its plays. */
export interface Importing {
  readonly when: readonly Node[]
  readonly tags: readonly string[]
  readonly vars: readonly Layer[]
}

/** One play, with everything it imports; what is wrong with any of it is reported. */
export function compilePlay(
  map: MapNode,
  given: { readonly compiling: Omit<Compiling, 'parts' | 'roleFolders'>; readonly importing: Importing },
): Play {
  const folder = dirname(map.origin.file)
  const compiling: Compiling = { ...given.compiling, parts: emptyParts(), roleFolders: roleFolders(given.compiling.options, folder) }
  checkPlay(map, compiling)
  const { importing } = given
  const outer = { ...nothingInherited(folder), when: importing.when, tags: importing.tags }
  const inherited = { ...inherit(outer, map, 'play vars'), vars: [] }
  const at = { inherited, compiling }
  const section = (key: string, position: readonly number[]): readonly Step[] => compiling.steps(listAt(map, key), { ...at, position })
  const roles = listAt(map, 'roles')?.items ?? []
  const sections = [
    section('pre_tasks', [0]),
    [...roles.flatMap((entry, i) => compileRoleEntry(entry, { ...at, position: [1, i] })), ...section('tasks', [1, roles.length])],
    section('post_tasks', [2]),
  ]
  const handlers = compiling.steps(listAt(map, 'handlers'), {
    ...at,
    inherited: { ...inherited, when: [] },
    position: [compiling.parts.handlers.length],
    handlers: true,
  })
  const { parts } = compiling
  parts.handlers.push(...handlers.filter((step): step is Task => step.kind === 'task'))
  checkHandlers(parts.handlers, compiling.report)
  checkNotifications([...sections.flat(), ...parts.handlers, ...parts.laterSteps], { parts, report: compiling.report })
  const vars = [...importing.vars, ...documentVars(map, compiling), ...parts.vars]
  return {
    ...playOf(map, folder),
    vars,
    sections,
    handlers: parts.handlers.map((handler, i) => ({ ...handler, position: [i] })),
    roleCalls: parts.roleCalls,
    tags: inherited.tags,
    ...(inherited.become && { become: inherited.become }),
    connection: inherited.connection,
  }
}

type PlainPlay = Omit<Play, 'vars' | 'sections' | 'handlers' | 'roleCalls' | 'tags' | 'become' | 'connection'>

function playOf(map: MapNode, folder: string): PlainPlay {
  const hosts = valueAt(map, 'hosts')
  const limit = valueAt(map, 'max_fail_percentage')
  const force = yes(map, 'force_handlers')
  return {
    name: nameAt(map, 'name') ?? (hosts?.kind === 'scalar' ? hosts.raw : 'play'),
    origin: entryAt(map, 'name')?.keyOrigin ?? map.origin,
    folder,
    hosts: hosts ?? map,
    order: orderOf(map) ?? 'inventory',
    serial: nodesAt(map, 'serial'),
    ...(limit && { maxFailPercentage: limit }),
    anyErrorsFatal: yes(map, 'any_errors_fatal') ?? false,
    gatherFacts: yes(map, 'gather_facts') ?? true,
    ...(force !== undefined && { forceHandlers: force }),
  }
}

const ORDERS: readonly Play['order'][] = ['inventory', 'reverse_inventory', 'sorted', 'reverse_sorted']

function orderOf(map: MapNode): Play['order'] | undefined {
  return ORDERS.find((order) => order === nameAt(map, 'order'))
}

function checkPlay(map: MapNode, { report }: Compiling): void {
  for (const entry of checkKeywords(map, 'play', report)) report(unknownInPlay(entry))
  const hosts = valueAt(map, 'hosts')
  if (!hosts)
    report({ code: 'missing-hosts', message: 'a play needs `hosts`', origin: map.origin, help: 'say which hosts it is for: `hosts: all`' })
  else if (hosts.kind === 'map')
    report({ code: 'bad-keyword', message: '`hosts` must be a pattern or a list of patterns', origin: hosts.origin })
  const order = entryAt(map, 'order')
  if (order && orderOf(map) === undefined)
    report({
      code: 'bad-keyword',
      message: `there is no order \`${nameAt(map, 'order')}\``,
      origin: order.value.origin,
      help: `use one of: ${ORDERS.join(', ')}; a run must be repeatable, so there is no \`shuffle\``,
    })
  const strategy = nameAt(map, 'strategy')
  if (strategy !== undefined && strategy.replace(/^ansible\.builtin\./, '') !== 'linear') {
    report({
      code: 'unsupported-keyword',
      message: `there is no strategy \`${strategy}\``,
      origin: entryAt(map, 'strategy')?.value.origin ?? map.origin,
      help: 'leave it out: hosts go through a task together, so that no two of a quorum are ever further apart than that',
    })
  }
  checkSerial(map, report)
  checkTemplates(map, report)
}

function checkSerial(map: MapNode, report: Compiling['report']): void {
  for (const size of nodesAt(map, 'serial')) {
    if (isTemplated(size) || (size.kind === 'scalar' && /^-?\d+(\.\d+)?%?$/.test(size.raw))) continue
    report({
      code: 'bad-keyword',
      message: '`serial` must be a number or a percentage, or a list of them',
      origin: size.origin,
      help: 'write `serial: 1`, or `serial: [1, "25%"]`',
    })
  }
}

function unknownInPlay(entry: Entry) {
  const onTasks = keywordsOn('task').has(entry.key)
  return onTasks
    ? { code: 'unknown-key', message: `\`${entry.key}\` cannot stand on a play`, origin: entry.keyOrigin, help: 'put it on the tasks' }
    : unknownKey(entry, supportedOn('play'), 'a play')
}

function documentVars(map: MapNode, compiling: Compiling): readonly Layer[] {
  const files = nodesAt(map, 'vars_files').flatMap((entry) => varsFile(entry, { folder: dirname(map.origin.file), compiling }))
  return [...layerOf(map, 'play vars'), ...files]
}

/** One file; of a list in the list, the first that exists. */
function varsFile(entry: Node, { folder, compiling }: { readonly folder: string; readonly compiling: Compiling }): readonly Layer[] {
  const choices = entry.kind === 'list' ? entry.items : [entry]
  const templated = choices.find(isTemplated)
  if (templated) {
    compiling.report({
      code: 'not-fixed',
      message: 'a name in `vars_files` cannot be a template',
      origin: templated.origin,
      help: 'write `include_vars` in `pre_tasks`, which decides for each host',
    })
    return []
  }
  const names = choices.flatMap((node) => (node.kind === 'scalar' ? [node.raw] : []))
  const candidates = names.flatMap((name) => (name.startsWith('/') ? [name] : [join(folder, name), join(folder, 'vars', name)]))
  const path = candidates.map(findDocument).find((found) => found !== undefined)
  if (path === undefined) {
    compiling.report({
      code: 'missing-file',
      message: `there is no file of variables \`${names.join('`, `')}\``,
      origin: entry.origin,
      help: `put it at one of: ${candidates.join(', ')}`,
    })
    return []
  }
  const values = trying(compiling, () => compiling.options.read(path, entry.origin), undefined)
  return values ? varsLayer(values, compiling) : []
}

function varsLayer(values: Node, { report }: Compiling): readonly Layer[] {
  if (values.kind === 'scalar' && values.value === null) return []
  checkTemplates(values, report)
  if (values.kind === 'map') return [{ rank: 'vars_files', values }]
  report({ code: 'not-a-map', message: 'variables are a map of names and values', origin: values.origin })
  return []
}
