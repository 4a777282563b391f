/**
 * Runs every `test/modules/<module>/<case>.yaml`: the pure parts of a module, without a host.
 *
 *     params: { path: /etc/x }     # as in a playbook; aliases and defaults are filled in
 *     sources: { src: text }       # what the engine would have read or rendered
 *     diff: true
 *     prints: |                    # what the probe (or the script of a query or command) printed
 *     rc: 0                        # its exit status
 *     stderr: ''
 *     probe: …                     # the exact text of the probe
 *     current: { … }               # what parse makes of it; keys not named are not compared
 *     desired: { … }               # exactly what is asked for
 *     changes: [{ what, from, to }]
 *     runs: [ … ]                  # the exact texts of the scripts of converge
 *     outcome: { … }               # of a query or command; keys not named are not compared
 *     refused: message             # parse or desired refuse with this message
 *     problems: [ … ]              # what the params are rejected for
 */
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { Content } from '../../engine/core/content.ts'
import { type Given, type Module, type Output, Refusal } from '../../engine/core/module.ts'
import type { ObjectSchema, Params } from '../../engine/core/params.ts'
import { findModule } from '../../engine/modules/registry.ts'
import { completeParams } from '../support/apply_module.ts'

interface Case {
  readonly params: object
  readonly sources?: { readonly [name: string]: string }
  readonly diff?: boolean
  readonly prints?: string
  readonly rc?: number
  readonly stderr?: string
  readonly probe?: string
  readonly current?: object
  readonly desired?: object
  readonly changes?: readonly object[]
  readonly runs?: readonly string[]
  readonly outcome?: object
  readonly refused?: string
  readonly problems?: readonly string[]
}

const folder = join(dirname(fileURLToPath(import.meta.url)), '../../../test/modules')
const test = suite('module case')

for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
  if (!file.endsWith('.yaml')) continue
  const [name = '', title = ''] = file.replace('.yaml', '').split('/')
  test(`${name}: ${title.replaceAll('_', ' ')}`, () => runCase(found(name), parse(readFileSync(join(folder, file), 'utf8')) as Case))
}

test.run()

function found(name: string): Module {
  const module = findModule(name)
  if (module === undefined) throw new Error(`there is no module ${name}`)
  return module
}

function runCase(module: Module, wanted: Case): void {
  const params = completeParams(module.schema, wanted.params)
  assert.equal(module.problems?.(params) ?? [], wanted.problems ?? [])
  if (wanted.problems !== undefined) return
  const sources = Object.fromEntries(Object.entries(wanted.sources ?? {}).map(([name, text]) => [name, Content.of(text)]))
  const { rc = 0, prints: stdout = '', stderr = '', diff = false } = wanted
  const run: Run = { params, given: { sources, diff }, output: { rc, stdout, stderr }, wanted }
  if (wanted.refused === undefined) compare(module, run)
  else
    assert.is(
      refusalOf(() => compare(module, run)),
      wanted.refused,
    )
}

interface Run {
  readonly params: Params<ObjectSchema>
  readonly given: Given
  readonly output: Output
  readonly wanted: Case
}

function compare(module: Module, run: Run): void {
  if (module.kind === 'control') return
  const { params, given, output, wanted } = run
  const script = module.kind === 'state' ? module.probe(params, given) : module.run(params, given)
  if (wanted.probe !== undefined) assert.is(script.text, wanted.probe.trimEnd())
  if (module.kind === 'state') compareState(module, run)
  else assert.equal(among(module.outcome(output, params), wanted.outcome ?? {}), wanted.outcome ?? {})
}

function compareState(module: Module & { kind: 'state' }, { params, given, output, wanted }: Run): void {
  const current = module.parse(output, params, given)
  if (wanted.current !== undefined) assert.equal(among(current, wanted.current), wanted.current)
  const desired = module.desired(params, current, given)
  if (wanted.desired !== undefined) assert.equal(desired, wanted.desired)
  if (wanted.changes !== undefined) assert.equal(module.describe?.(current, desired, params, given), wanted.changes)
  if (wanted.runs === undefined) return
  const scripts = module.converge(current, desired, params, given)
  assert.equal(
    scripts.map(({ text }) => text),
    wanted.runs.map((text) => text.trimEnd()),
  )
}

function among(all: object, wanted: object): object {
  const fields = all as Record<string, unknown>
  return Object.fromEntries(Object.keys(wanted).map((key) => [key, fields[key]]))
}

function refusalOf(body: () => void): string {
  try {
    body()
  } catch (error) {
    if (error instanceof Refusal) return error.message
    throw error
  }
  return 'nothing was refused'
}
