import type { Module } from '../core/module.ts'
import { type Entry, type MapNode, type Node, type ScalarNode, entryAt } from '../core/node.ts'
import type { Step, Task } from '../core/plan.ts'
import { findModule, MODULES } from '../modules/registry.ts'
import { didYouMean } from '../source/suggest.ts'
import type { StepAt } from './compiling.ts'
import { paramsOf } from './free_form.ts'
import { supportedOn } from './keyword_table.ts'
import { checkKeywords, nameAt, namesAt, nodesAt, valueAt } from './keywords.ts'
import { checkParams } from './params.ts'
import { inherit, settings } from './settings.ts'
import { loopOf } from './task_loop.ts'
import { checkTemplates } from './template_check.ts'
import { conditionProblems } from './when.ts'

/** A task or handler, or nothing if no module can be made out; what is wrong with it is reported. */
export function compileTask(at: StepAt): readonly Step[] {
  const { compiling, handlers = false } = at
  const map = withAction(at.map, compiling.report)
  const called = moduleOf(map, { handlers, report: compiling.report })
  checkTemplates(at.map, compiling.report)
  if (!called) return []
  const { entry, module } = called
  const params = paramsOf(entry, { module, args: valueAt(map, 'args'), report: compiling.report })
  const action = actionOf(params, { module, at })
  for (const problem of checkParams(params, { module, origin: entry.keyOrigin, ...(action !== undefined && { action }) }))
    compiling.report(problem)
  if (module.name === 'assert')
    for (const condition of nodesAt(params, 'that')) for (const problem of conditionProblems(condition)) compiling.report(problem)
  return [taskOf({ ...at, map }, { entry, module, params, ...(action !== undefined && { action }) })]
}

interface Called {
  readonly entry: Entry
  readonly module: Module
}

interface Call extends Called {
  readonly params: MapNode
  readonly action?: string
}

function taskOf(at: StepAt, { entry, module, params, action }: Call): Task {
  const { map, position, compiling } = at
  const inherited = inherit(at.inherited, map, 'task vars')
  const loop = loopOf(map, compiling.report)
  const register = registerOf(map, at)
  const [retries, delay] = [valueAt(map, 'retries'), valueAt(map, 'delay')]
  const { role, when, tags, vars, notify } = inherited
  return {
    kind: 'task',
    position,
    name: nameAt(map, 'name') ?? module.name,
    ...(role && { role }),
    origin: entryAt(map, 'name')?.keyOrigin ?? entry.keyOrigin,
    when,
    tags,
    vars,
    ...settings(inherited),
    module,
    ...(action !== undefined && { action }),
    params: { ...params, origin: entry.keyOrigin },
    ...(loop && { loop }),
    ...(register !== undefined && { register }),
    notify,
    listen: namesAt(map, 'listen'),
    until: nodesAt(map, 'until'),
    ...(retries && { retries }),
    ...(delay && { delay }),
    changedWhen: nodesAt(map, 'changed_when'),
    failedWhen: nodesAt(map, 'failed_when'),
  }
}

function registerOf(map: MapNode, { compiling }: StepAt): string | undefined {
  const name = nameAt(map, 'register')
  if (name !== undefined && !/^[A-Za-z_]\w*$/.test(name)) {
    compiling.report({
      code: 'bad-name',
      message: `\`${name}\` cannot be the name of a variable`,
      origin: (entryAt(map, 'register')?.value ?? map).origin,
      help: 'use letters, digits and `_`',
    })
  }
  return name
}

interface Seeking {
  readonly handlers: boolean
  readonly report: StepAt['compiling']['report']
}

function moduleOf(map: MapNode, { handlers, report }: Seeking): Called | undefined {
  const owner = handlers ? 'handler' : 'task'
  const rest = checkKeywords(map, owner, report)
  const called = rest.flatMap((entry): readonly Called[] => {
    const module = findModule(entry.key)
    if (!module) report(unknownModule(entry, supportedOn(owner)))
    return module ? [{ entry, module }] : []
  })
  const [first, second] = called
  if (second)
    report({
      code: 'several-modules',
      message: `a task has one module, and this one has \`${first?.entry.key}\` and \`${second.entry.key}\``,
      origin: second.entry.keyOrigin,
      help: 'make two tasks of it',
    })
  if (rest.length === 0)
    report({
      code: 'no-module',
      message: 'a task needs a module',
      origin: map.origin,
      help: 'say what to do: `apt:`, `copy:`, `command:` …',
    })
  return first
}

function unknownModule(
  { key, keyOrigin }: Entry,
  keywords: readonly string[],
): { readonly code: string; readonly message: string; readonly origin: Entry['keyOrigin']; readonly help: string } {
  const short = key.split('.').at(-1) ?? key
  const help = didYouMean(short, [...MODULES.map(({ name }) => name), ...keywords], 'names') ?? ''
  const near = help.startsWith('did you mean') ? help.replace(/ known names:.*$/, '') : 'run `holdfast doc` for the list of modules'
  return { code: 'unknown-module', message: `there is no module or keyword \`${key}\``, origin: keyOrigin, help: near }
}

/** A verb such as `restarted` in place of a state: only handlers may say it. */
function actionOf(params: MapNode, { module, at }: { readonly module: Module; readonly at: StepAt }): string | undefined {
  const state = entryAt(params, 'state')?.value
  if (module.kind !== 'state' || state?.kind !== 'scalar' || !Object.hasOwn(module.actions ?? {}, state.raw)) return undefined
  if (at.handlers) return state.raw
  at.compiling.report({
    code: 'action-in-task',
    message: `\`${state.raw}\` is no state a host can be in, and only handlers may ask for it`,
    origin: state.origin,
    help: `move this task to \`handlers:\` and say \`notify: ${nameAt(at.map, 'name') ?? 'its name'}\` where something changes`,
  })
  return state.raw
}

/** `action:` and `local_action:` written as the module they name. */
function withAction(map: MapNode, report: Seeking['report']): MapNode {
  const entry = entryAt(map, 'action') ?? entryAt(map, 'local_action')
  if (!entry) return map
  const others = map.entries.filter((one) => one !== entry)
  const named = moduleEntry(entry)
  if (!named)
    report({
      code: 'bad-keyword',
      message: `\`${entry.key}\` names no module`,
      origin: entry.value.origin,
      help: 'write the module as a key of the task',
    })
  const local: readonly Entry[] =
    entry.key === 'local_action' ? [{ key: 'delegate_to', keyOrigin: entry.keyOrigin, value: text('localhost', entry.value) }] : []
  return { ...map, entries: [...others, ...(named ? [named] : []), ...local] }
}

function moduleEntry({ keyOrigin, value }: Entry): Entry | undefined {
  if (value.kind === 'map') {
    const name = nameAt(value, 'module')
    return name === undefined
      ? undefined
      : { key: name, keyOrigin, value: { ...value, entries: value.entries.filter(({ key }) => key !== 'module') } }
  }
  const [, name, rest = ''] = value.kind === 'scalar' ? (/^(\S+)\s*(.*)$/s.exec(value.raw) ?? []) : []
  return name === undefined ? undefined : { key: name, keyOrigin, value: text(rest === '' ? null : rest, value) }
}

function text(value: string | null, { origin }: Node): ScalarNode {
  return { kind: 'scalar', value, raw: value ?? '', quoted: false, origin }
}
