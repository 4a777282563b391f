import type { Job } from '../converge/job.ts'
import { Rejected, reject } from '../core/diagnostic.ts'
import type { Json, Value } from '../core/json.ts'
import type { Task } from '../core/plan.ts'
import { Secret } from '../core/secret.ts'
import { millisecondsOf } from '../playbook/keyword_value.ts'
import { coerceParams } from '../playbook/params.ts'
import { Unknown } from '../playbook/pending.ts'
import { render, type Scope } from '../playbook/scope.ts'
import { force } from '../playbook/term.ts'
import type { SourceReader } from './sources.ts'
import { asOf } from './target.ts'

/** What a run has in common for all its tasks. */
export interface Preparing {
  readonly sources: SourceReader
  readonly playbookFolder: string
  readonly check: boolean
  readonly diff: boolean
  readonly becomePassword?: Secret
}

/**
 * Makes a task ready for the host whose variables these are. Throws `Pending` if something it needs is not known yet, `Rejected` for what
 * is wrong with it.
 */
export async function prepare(task: Task, scope: Scope, { sources, playbookFolder, check, diff, becomePassword }: Preparing): Promise<Job> {
  const read = async (): Promise<Pick<Job, 'params' | 'given' | 'environment'>> => {
    const params = paramsOf(task, scope)
    const wanted = task.module.sources?.(params) ?? {}
    const given = { sources: await sources.read(wanted, { task, playbookFolder, scope }), diff: task.diff ?? diff }
    return { params, given, environment: environmentOf(task, scope) }
  }
  const timeoutMs = task.timeout && millisecondsOf(task.timeout, { keyword: 'timeout', scope })
  return {
    module: task.module,
    ...(task.action !== undefined && { action: task.action }),
    ...(await sources.opening(read).catch(nothingKnown)),
    as: asOf(task.become, scope, becomePassword),
    check: task.checkMode ?? check,
    // As in Ansible, 0 sets no limit.
    ...(timeoutMs !== undefined && timeoutMs > 0 && { timeoutMs }),
  }
}

/** Where no host is asked, a job may hang on what only one could tell. */
function nothingKnown(error: unknown): Pick<Job, 'params' | 'given' | 'environment'> {
  if (error instanceof Unknown) return { params: {}, given: { sources: {}, diff: false }, environment: {} }
  throw error
}

/** The params of a task as its module takes them. */
export function paramsOf(task: Task, scope: Scope): { readonly [name: string]: never } {
  const node = task.params
  const values = Object.fromEntries(node.entries.map(({ key, value }) => [key, render(value, scope)]))
  const coerced = coerceParams(node, values, {
    module: task.module,
    ...(task.action !== undefined && { action: task.action }),
    origin: node.origin,
  })
  if ('problems' in coerced) throw new Rejected(coerced.problems)
  return coerced.params as { readonly [name: string]: never }
}

/** The label of a task, rendered as far as it can be: a name must not stop a run. */
export function labelOf(task: Pick<Task, 'name' | 'role' | 'origin'>, scope: Scope): string {
  return task.role ? `${task.role.name} : ${nameOf(task, scope)}` : nameOf(task, scope)
}

function nameOf({ name, origin }: Pick<Task, 'name' | 'origin'>, scope: Scope): string {
  if (!name.includes('{{')) return name
  try {
    return String(force(scope.readText(name, () => origin)))
  } catch {
    return name
  }
}

function environmentOf(task: Task, scope: Scope): { readonly [name: string]: string } {
  const all: { [name: string]: string } = {}
  for (const node of task.environment) {
    for (const [name, value] of Object.entries(render(node, scope) ?? {})) all[asName(name, task)] = plainText(name, value as Value, task)
  }
  return all
}

/** The name stands in the script unquoted, as names must, and may come from a host. */
function asName(name: string, { origin }: Task): string {
  if (/^[A-Za-z_]\w*$/.test(name)) return name
  return reject({
    code: 'bad-keyword',
    message: `\`${name}\` is no name for an environment variable`,
    origin,
    help: 'use letters, digits and `_`, and no digit at the front',
  })
}

function plainText(name: string, value: Value, task: Task): string {
  if (!(value instanceof Secret)) return typeof value === 'string' ? value : JSON.stringify(value as Json)
  throw new Rejected([
    {
      code: 'secret-in-environment',
      message: `the environment variable \`${name}\` would hold the secret \`${value.name}\`, and others on the host could read it`,
      origin: task.origin,
      help: 'hand it over with `stdin`, or write it to a file with mode 0600',
    },
  ])
}
