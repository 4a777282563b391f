import { type MapNode, type Node, entryAt } from '../core/node.ts'
import type { Block, Step } from '../core/plan.ts'
import type { At, StepAt } from './compiling.ts'
import { IMPORTS } from './imports.ts'
import { checkKeywords, listAt, nameAt, unknownKey } from './keywords.ts'
import { keywordsOn, supportedOn } from './keyword_table.ts'
import { inherit } from './settings.ts'
import { compileTask } from './task.ts'
import { checkTemplates } from './template_check.ts'

/** The steps of a list of tasks, blocks, imports and includes. Imports are folded in. */
export function compileSteps(list: Node | undefined, at: At): readonly Step[] {
  if (list === undefined || (list.kind === 'scalar' && list.value === null)) return []
  if (list.kind !== 'list') {
    at.compiling.report({ code: 'not-a-list', message: 'tasks are a list', origin: list.origin, help: 'begin each task with `- `' })
    return []
  }
  return list.items.flatMap((item, i) => compileStep(item, { ...at, position: [...at.position, i] }))
}

function compileStep(item: Node, at: At): readonly Step[] {
  if (item.kind !== 'map') {
    at.compiling.report({
      code: 'not-a-map',
      message: 'a task is a map of a module and keywords',
      origin: item.origin,
      help: 'write `- name: …` and the module below it',
    })
    return []
  }
  const here: StepAt = { ...at, map: item }
  if (entryAt(item, 'block')) return compileBlock(here)
  const special = item.entries.find(({ key }) => Object.hasOwn(IMPORTS, shortName(key)))
  return special ? (IMPORTS[shortName(special.key)]?.(here, special) ?? []) : compileTask(here)
}

function shortName(key: string): string {
  return key.replace(/^ansible\.(builtin|legacy)\./, '')
}

function compileBlock(at: StepAt): readonly Step[] {
  const { map, position, compiling } = at
  const refuse = (message: string, help: string): void => compiling.report({ code: 'bad-block', message, origin: map.origin, help })
  if (at.handlers) refuse('a block cannot be a handler', 'give each handler a name of its own, and one topic to `listen` to')
  for (const entry of checkKeywords(map, 'block', compiling.report)) compiling.report(unknownInBlock(entry))
  checkTemplates(map, compiling.report)
  const inherited = inherit(at.inherited, map, 'block vars')
  const part = (key: 'block' | 'rescue' | 'always', index: number): readonly Step[] =>
    compiling.steps(listAt(map, key), { ...at, inherited, position: [...position, index] })
  const { role, when, tags, vars } = inherited
  const block: Block = {
    kind: 'block',
    position,
    name: nameAt(map, 'name') ?? '',
    ...(role && { role }),
    origin: map.origin,
    when,
    tags,
    vars,
    tasks: part('block', 0),
    rescue: part('rescue', 1),
    always: part('always', 2),
  }
  return [block]
}

function unknownInBlock(entry: MapNode['entries'][number]) {
  const known = supportedOn('block')
  const onTasks = keywordsOn('task').has(entry.key)
  return onTasks
    ? {
        code: 'unknown-key',
        message: `\`${entry.key}\` cannot stand on a block`,
        origin: entry.keyOrigin,
        help: 'put it on the tasks inside',
      }
    : unknownKey(entry, known, 'a block')
}
