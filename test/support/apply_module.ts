/**
 * Carries out one module the way the engine does (probe, compare, converge, probe again), against a real shell: the one of
 * this machine, or the one of a lab host. For trying a module alone; the runner has its own tests.
 */
import { spawn } from 'node:child_process'
import type { Content } from '../../engine/core/content.ts'
import { same } from '../../engine/core/json.ts'
import { type Change, type Module, type Outcome, type Output, Refusal } from '../../engine/core/module.ts'
import type { ObjectSchema, Params } from '../../engine/core/params.ts'
import { type Script, quote } from '../../engine/core/script.ts'

/** A command that reads a shell script on its stdin: `['sh']`, or `['ssh', 'root@10.0.0.2', 'sh']`. */
export type Shell = readonly [string, ...string[]]

export interface Application {
  readonly shell?: Shell
  readonly sources?: { readonly [name: string]: Content }
  readonly check?: boolean
  readonly diff?: boolean
}

export interface Applied {
  readonly status: 'ok' | 'changed' | 'failed'
  readonly message: string
  readonly changes: readonly Change[]
  readonly registered: { readonly [key: string]: unknown }
}

/** What becomes of the params on the host. Refusals, failing scripts and states that do not converge are `failed`. */
export async function applyModule(module: Module, params: object, application: Application = {}): Promise<Applied> {
  try {
    return await carryOut(module, completeParams(module.schema, params), application)
  } catch (error) {
    if (error instanceof Refusal) return failed(error.message)
    throw error
  }
}

/** The params with their aliases resolved and their defaults filled in, as the engine hands them to a module. */
export function completeParams(schema: ObjectSchema, params: object): Params<ObjectSchema> {
  const complete: Record<string, unknown> = {}
  for (const [name, property] of Object.entries(schema.properties)) {
    const spelling = [name, ...(property.aliases ?? [])].find((key) => Object.hasOwn(params, key))
    const value = spelling === undefined ? (property as { default?: unknown }).default : (params as Record<string, unknown>)[spelling]
    if (value !== undefined) complete[name] = property.type === 'array' && !Array.isArray(value) ? [value] : value
  }
  return complete as Params<ObjectSchema>
}

/** Runs a script as one step of a session: known locale, umask and directory, nothing on stdin. */
export async function runScript(script: Script, shell: Shell = ['sh']): Promise<Output> {
  const body = await Promise.all(script.parts.map((part) => (typeof part === 'string' ? part : print(part))))
  const text = `export LC_ALL=C\nunset LANG LANGUAGE CDPATH ENV IFS; umask 022; cd /\n( ${body.join('')}\n) </dev/null; exit $?\n`
  return await feed(shell, text)
}

type StateModule = Module & { readonly kind: 'state' }

async function carryOut(module: Module, params: Params<ObjectSchema>, application: Application): Promise<Applied> {
  const { shell, sources = {}, diff = true } = application
  const problems = module.problems?.(params) ?? []
  if (problems.length > 0) return failed(problems.join('; '))
  if (module.kind === 'state') return await makeSo(module, params, application)
  if (module.kind === 'control') throw new TypeError(`${module.name} is not carried out on a host`)
  const outcome = module.outcome(await runScript(module.run(params, { sources, diff }), shell), params)
  const { message = '', changes = [], values, save } = outcome
  return { status: statusOf(outcome), message, changes, registered: { ...values, ...(save && { save }) } }
}

function statusOf({ failed, changed }: Outcome): Applied['status'] {
  if (failed) return 'failed'
  return changed ? 'changed' : 'ok'
}

async function makeSo(
  module: StateModule,
  params: Params<ObjectSchema>,
  { shell, sources = {}, diff = true, check }: Application,
): Promise<Applied> {
  const given = { sources, diff }
  const look = async () => module.parse(succeeded(await runScript(module.probe(params, given), shell)), params, given)
  const current = await look()
  const desired = module.desired(params, current, given)
  const results = (state: object) => module.result?.(state, params, { current, desired, given }) ?? {}
  const differs = differing(current, desired)
  if (differs.length === 0) return { status: 'ok', message: '', changes: [], registered: results(current) }
  const changes = module.describe?.(current, desired, params, given) ?? differs.map((what) => ({ what }))
  if (check) return { status: 'changed', message: '', changes, registered: results(current) }
  const complaint = await runAll(module.converge(current, desired, params, given), shell)
  if (complaint !== undefined) return { ...failed(complaint), changes }
  const state = await look()
  const still = differing(state, module.desired(params, state, given))
  if (still.length > 0) return { ...failed(`did not converge: ${still.join(', ')}`), changes }
  return { status: 'changed', message: '', changes, registered: results(state) }
}

async function runAll(scripts: readonly Script[], shell: Shell | undefined): Promise<string | undefined> {
  for (const script of scripts) {
    const { rc, stderr } = await runScript(script, shell)
    if (rc !== 0) return stderr.trim() || `exit status ${rc}`
  }
  return undefined
}

function differing(current: object, desired: object): readonly string[] {
  const now = current as Record<string, unknown>
  return Object.entries(desired).flatMap(([field, wanted]) => (wanted === undefined || same(now[field], wanted) ? [] : [field]))
}

function succeeded(output: Output): Output {
  if (output.rc !== 0) throw new Refusal(`could not look: ${output.stderr.trim()} (exit status ${output.rc})`)
  return output
}

function failed(message: string): Applied {
  return { status: 'failed', message, changes: [], registered: {} }
}

async function print(content: Content): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of content.open()) pieces.push(piece)
  return content.size === 0 && pieces.every(({ length }) => length === 0)
    ? 'true'
    : `printf %s ${quote(Buffer.concat(pieces).toString('base64'))} | base64 -d`
}

function feed([command, ...args]: Shell, text: string): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'pipe', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } })
    const streams = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
    child.stdout.on('data', (bytes: Buffer) => streams.stdout.push(bytes))
    child.stderr.on('data', (bytes: Buffer) => streams.stderr.push(bytes))
    child.on('error', reject)
    child.on('close', (code) =>
      resolve({ rc: code ?? 255, stdout: String(Buffer.concat(streams.stdout)), stderr: String(Buffer.concat(streams.stderr)) }),
    )
    child.stdin.on('error', reject)
    child.stdin.end(text)
  })
}
