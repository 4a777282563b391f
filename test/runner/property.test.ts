import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Event } from '../../engine/core/event.ts'
import { defineModule, type Module } from '../../engine/core/module.ts'
import type { Play, Task } from '../../engine/core/plan.ts'
import { sh } from '../../engine/core/script.ts'
import { copy } from '../../engine/modules/copy.ts'
import { file } from '../../engine/modules/file.ts'
import { createExpander } from '../../engine/playbook/include.ts'
import { Fleet } from '../../engine/runner/fleet.ts'
import { run } from '../../engine/runner/run.ts'
import { parseYaml } from '../../engine/source/yaml.ts'
import { limit } from '../support/limit.ts'

limit(300)

const test = suite('a run')

/**
 * A small world: cells are files. `cell` sets one and, through `also`, a second one that its declaration names; `bump` is a command that
 * alters any cell; `peek` reads one. `nest` makes a folder with those above it, and `put` a cell in a folder, which fails without one.
 * Reading ahead goes wrong here at once if a stale reading is ever believed.
 */
const cell = defineModule({
  kind: 'state',
  name: 'cell',
  summary: 'Set a cell.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['path', 'value'],
    properties: { path: { type: 'string' }, value: { type: 'string' }, also: { type: 'string' }, fails: { type: 'boolean' } },
  },
  examples: [],
  reads: ({ path }) => [`path:${path}`],
  touches: ({ path, also }) => [`path:${path}`, ...(also === undefined ? [] : [`path:${also}`])],
  probe: ({ path }) => sh`cat ${path} 2>/dev/null; true`,
  parse: ({ stdout }) => ({ value: stdout }),
  desired: ({ value }) => ({ value }),
  converge: (_current, _desired, { path, value, also, fails }) => [
    ...(fails ? [sh`exit 9`] : []),
    sh`printf %s ${value} > ${path}`,
    ...(also === undefined ? [] : [sh`printf %s ${value} > ${also}`]),
  ],
})

const bump = defineModule({
  kind: 'command',
  name: 'bump',
  summary: 'Append to a cell.',
  schema: { type: 'object', additionalProperties: false, required: ['path'], properties: { path: { type: 'string' } } },
  examples: [],
  run: ({ path }) => sh`printf x >> ${path}`,
  outcome: ({ rc }) => ({ failed: rc !== 0, changed: true, values: { rc } }),
})

const peek = defineModule({
  kind: 'query',
  name: 'peek',
  summary: 'Read a cell.',
  schema: { type: 'object', additionalProperties: false, required: ['path'], properties: { path: { type: 'string' } } },
  examples: [],
  reads: ({ path }) => [`path:${path}`],
  run: ({ path }) => sh`cat ${path} 2>/dev/null; true`,
  outcome: ({ stdout }) => ({ failed: false, changed: false, values: { value: stdout } }),
})

const CELLS = ['a', 'b', 'c'] as const
type Cell = (typeof CELLS)[number]
const NESTS = ['n', 'n/m', 'n/m/o', 'n/p'] as const
type Nest = (typeof NESTS)[number]

type Move =
  | {
      readonly do: 'cell'
      readonly at: Cell
      readonly value: string
      readonly also?: Cell
      readonly when?: string
      readonly fails?: boolean
    }
  | { readonly do: 'copy'; readonly at: Cell }
  | { readonly do: 'bump'; readonly at: Cell }
  | { readonly do: 'peek'; readonly at: Cell }
  | { readonly do: 'nest'; readonly at: Nest }
  | { readonly do: 'put'; readonly at: Nest; readonly value: string }

interface Outcome {
  readonly statuses: readonly string[]
  readonly cells: { readonly [name: string]: string }
}

/** What going task by task comes to, with a record for a host. */
function model(moves: readonly Move[]): Outcome {
  const world: World = { cells: {}, nests: new Set(), seen: '' }
  const statuses: string[] = []
  for (const move of moves) {
    statuses.push(STEPS[move.do](move as never, world))
    if (statuses.at(-1) === 'failed') break
  }
  return { statuses, cells: world.cells }
}

interface World {
  readonly cells: { [name: string]: string }
  readonly nests: Set<string>
  seen: string
}

type Of<K> = Extract<Move, { readonly do: K }>

const STEPS: { readonly [K in Move['do']]: (move: Of<K>, world: World) => string } = {
  cell: (move, world) => {
    if (move.when !== undefined && world.seen !== move.when) return 'skipped'
    if ((world.cells[move.at] ?? '') === move.value) return 'ok'
    if (move.fails) return 'failed'
    if (move.also !== undefined) world.cells[move.also] = move.value
    return set(move.at, move.value, world)
  },
  copy: ({ at }, world) => set(at, world.seen, world),
  bump: ({ at }, world) => set(at, `${world.cells[at] ?? ''}x`, world),
  peek: ({ at }, world) => {
    world.seen = world.cells[at] ?? ''
    return 'ok'
  },
  nest: ({ at }, { nests }) => {
    if (nests.has(at)) return 'ok'
    for (let nest: string = at; nest !== '.'; nest = dirname(nest)) nests.add(nest)
    return 'changed'
  },
  put: ({ at, value }, world) => (world.nests.has(at) ? set(`${at}/x`, value, world) : 'failed'),
}

function set(at: string, value: string, { cells }: World): string {
  if ((cells[at] ?? '') === value) return 'ok'
  cells[at] = value
  return 'changed'
}

function taskOf(move: Move, index: number, folder: string): Task {
  const path = join(folder, move.at)
  const params = {
    cell: () => ({
      path,
      value: 'value' in move ? move.value : '',
      ...('also' in move && move.also !== undefined && { also: join(folder, move.also) }),
      ...('fails' in move && move.fails && { fails: true }),
    }),
    copy: () => ({ path, value: '{{ seen.value }}' }),
    bump: () => ({ path }),
    peek: () => ({ path }),
    nest: () => ({ path, state: 'directory' }),
    put: () => ({ dest: join(path, 'x'), content: 'value' in move ? move.value : '' }),
  }[move.do]()
  const modules: { readonly [name in Move['do']]: Module } = { cell, copy: cell, bump, peek, nest: file, put: copy }
  const conditions = move.do === 'cell' && move.when !== undefined ? [parseYaml(`seen.value == "${move.when}"`, 'when')] : []
  return {
    kind: 'task',
    position: [index],
    name: `${index} ${move.do}`,
    origin: { file: 'plan', line: index + 1, column: 1 },
    when: conditions,
    tags: [],
    vars: [],
    module: modules[move.do],
    params: parseYaml(JSON.stringify(params), 'params') as Task['params'],
    ...(move.do === 'peek' && { register: 'seen' }),
    notify: [],
    listen: [],
    until: [],
    changedWhen: [],
    failedWhen: [],
    ignoreUnreachable: false,
    noLog: false,
    connection: {},
    delegateFacts: false,
    runOnce: false,
    anyErrorsFatal: false,
    environment: [],
  }
}

function playOf(moves: readonly Move[], folder: string): Play {
  return {
    name: 'moves',
    origin: { file: 'plan', line: 1, column: 1 },
    folder,
    hosts: parseYaml('all', 'hosts'),
    order: 'inventory',
    serial: [],
    anyErrorsFatal: false,
    gatherFacts: false,
    vars: [{ rank: 'play vars', values: parseYaml('seen: { value: "" }', 'vars') }],
    sections: [moves.map((move, i) => taskOf(move, i, folder))],
    handlers: [],
    tags: [],
    connection: {},
    roleCalls: [],
  }
}

async function carriedOut(moves: readonly Move[]): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'hf-moves-'))
  const events: Event[] = []
  const fleet = new Fleet({
    roster: { hosts: ['here'], groups: { all: ['here'] }, groupsOf: () => [], layers: () => [] },
    extra: [],
    open: () => {
      throw new Error('nothing is sealed')
    },
    check: false,
    reach: { connection: 'local' },
    connect: { home: folder },
  })
  try {
    const options = { check: false, diff: false, forks: 5, forceHandlers: false, selects: () => true, hostsOf: () => ['here'] }
    const expander = createExpander({ root: folder })
    const emit = (event: Event): void => void events.push(event)
    await run({ plays: [playOf(moves, folder)], root: folder }, fleet, { ...options, expander, emit, signal: new AbortController().signal })
    const statuses = events.flatMap((event) => (event.kind === 'result' ? [event.result.status] : []))
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile())
    const cells = Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
    return { statuses, cells }
  } finally {
    await fleet.close()
    rmSync(folder, { recursive: true })
  }
}

const at = fc.constantFrom(...CELLS)
const nest = fc.constantFrom(...NESTS)
const value = fc.constantFrom('1', '2', '1x', '2x')
const move: fc.Arbitrary<Move> = fc
  .oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('cell' as const), at, value }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('cell' as const), at, value, also: at }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('cell' as const), at, value, when: value }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('cell' as const), at, value, fails: fc.constant(true) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('copy' as const), at }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('bump' as const), at }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('peek' as const), at }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('nest' as const), at: nest }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('put' as const), at: nest, value }) },
  )
  .filter((one) => !('also' in one) || one.also !== one.at)

test('comes to what going task by task would, for any plan', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(move, { minLength: 1, maxLength: 14 }), async (moves) => {
      assert.equal(await carriedOut(moves), model(moves))
    }),
    { numRuns: 250 },
  )
})

test.run()
