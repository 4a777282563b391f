import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Permit, underPermit } from '../converge/permit.ts'
import { changed, failed, notRun, ok } from '../converge/results.ts'
import type { Value } from '../core/json.ts'
import { at, type MapNode, type Node } from '../core/node.ts'
import type { Task } from '../core/plan.ts'
import type { Result } from '../core/result.ts'
import { assertOutcome } from '../modules/assert.ts'
import { pauseMs } from '../modules/pause.ts'
import { factNameProblems } from '../modules/set_fact.ts'
import type { Scope } from '../playbook/scope.ts'
import { sourcePaths } from '../playbook/source_paths.ts'
import { force } from '../playbook/term.ts'
import { holds } from '../playbook/when.ts'
import type { As } from '../session/as.ts'
import type { Host } from '../session/host.ts'
import { rebootHost } from './reboot.ts'
import type { Variables } from './variables.ts'
import { wait } from './wait.ts'

/** What the modules that the controller carries out itself have to do with. */
export interface Controlled {
  readonly task: Task
  readonly params: { readonly [name: string]: Value }
  readonly scope: Scope
  readonly variables: Variables
  readonly host: Host
  readonly as: As
  readonly check: boolean
  readonly playbookFolder: string
  /** Reads documents with variables. */
  readonly documents: (files: readonly string[]) => Promise<readonly Node[]>
  /** Shows a text to the operator. */
  readonly say: (text: string) => void
  /** Asks the operator to press enter; undefined where nobody can answer. */
  readonly ask: ((prompt: string) => Promise<void>) | undefined
  readonly signal: AbortSignal
  /** Asked before the host is changed. */
  readonly permit: Permit | undefined
}

/** Carries out a control task; what `meta` asks for is the batch's business, see `batch/take_stop.ts`. */
export async function control(controlled: Controlled): Promise<Result> {
  const carry = CARRIERS[controlled.task.module.name]
  if (!carry) throw new Error(`nobody carries out ${controlled.task.module.name}`)
  return await carry(controlled)
}

type Carrier = (controlled: Controlled) => Result | Promise<Result>

const CARRIERS: { readonly [module: string]: Carrier } = {
  assert: assertThat,
  debug,
  fail: ({ params }) => failed(String(params['msg'] ?? 'Failed as requested from task')),
  include_vars: includeVars,
  meta,
  pause,
  reboot: (controlled) => underPermit(controlled.permit, () => rebootHost(controlled)),
  set_fact: setFact,
}

function assertThat({ task, params, scope, say }: Controlled): Result {
  const that = at(task.params, 'that')
  const conditions = that?.kind === 'list' ? that.items : [that].filter((one) => one !== undefined)
  const outcome = assertOutcome(
    conditions.map((condition) => ({ text: condition.kind === 'scalar' ? condition.raw : '', holds: holds(condition, scope) })),
    params as { fail_msg?: string; success_msg?: string; quiet?: boolean },
  )
  if (outcome.failed) return failed(outcome.message ?? 'Assertion failed', outcome.values)
  if (params['success_msg'] !== undefined && outcome.message) say(outcome.message)
  return ok(outcome.values)
}

function debug({ params, scope, say, task }: Controlled): Result {
  const variable = params['var']
  if (variable === undefined) {
    const text = shown(params['msg'] ?? 'Hello world!')
    say(text)
    return ok({ msg: text })
  }
  const value = force(scope.readText(`{{${String(variable)}}}`, () => task.origin))
  say(`${String(variable)}: ${shown(value)}`)
  return ok({ [String(variable)]: JSON.parse(JSON.stringify(value ?? null)) })
}

/** A secret shows its name only, wherever in the value it is. */
function shown(value: Value): string {
  return typeof value === 'string' ? value : JSON.stringify(value, undefined, 2)
}

function setFact({ params, variables }: Controlled): Result {
  const problems = factNameProblems(params)
  if (problems.length > 0) return failed(problems.join('; '))
  const { cacheable: _, ...facts } = params
  variables.learn(facts)
  return ok({ ansible_facts: JSON.parse(JSON.stringify(facts)) })
}

async function includeVars({ params, task, variables, playbookFolder, documents }: Controlled): Promise<Result> {
  const files =
    typeof params['dir'] === 'string'
      ? filesBelow(locate(params['dir'], task, playbookFolder))
      : [locate(String(params['file']), task, playbookFolder)]
  for (const document of await documents(files)) variables.include({ rank: 'include_vars', values: nested(document, params['name']) })
  return ok({ ansible_included_var_files: files })
}

/** The variables under one name, if they are to have one. */
function nested(document: Node, name: Value | undefined): Node {
  if (typeof name !== 'string') return document
  const map: MapNode = { kind: 'map', origin: document.origin, entries: [{ key: name, keyOrigin: document.origin, value: document }] }
  return map
}

/** Where a file of variables is: the first place that has it, or the first that should. */
function locate(path: string, task: Task, playbookFolder: string): string {
  const role = task.role ? [join(task.role.folder, 'vars', path)] : []
  const places = [
    ...role,
    ...sourcePaths({ kind: 'file', path }, { role: task.role, folder: playbookFolder }),
    join(playbookFolder, 'vars', path),
  ]
  return places.find((place) => statSync(place, { throwIfNoEntry: false })) ?? (places[0] as string)
}

function filesBelow(folder: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => /\.(ya?ml|json)$/.test(name))
    .sort()
    .map((name) => join(folder, name))
}

/** What `meta` asks of the batch is seen to there; here is what concerns one host. */
async function meta({ params, host }: Controlled): Promise<Result> {
  if (params['free_form'] === 'reset_connection') await host.drop()
  return ok()
}

async function pause({ params, check, ask, signal }: Controlled): Promise<Result> {
  if (check) return notRun('nothing to wait for in check mode')
  const ms = pauseMs(params as { seconds?: number; minutes?: number })
  if (ms !== undefined) {
    if (!(await wait(ms, signal))) return failed('interrupted while it waited')
  } else if (ask) await ask(String(params['prompt'] ?? 'Press enter to go on'))
  else return failed('`pause` waits for a person, and there is no terminal', {}, 'give it `seconds` or `minutes`, or run on a terminal')
  return changed([])
}
