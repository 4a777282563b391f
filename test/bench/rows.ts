import type { Relay } from '../support/relay.ts'
import type { BenchLab } from './bench_lab.ts'
import type { Limit, Row } from './budget.ts'
import { type Contestant, contest, type Medians, once } from './contest.ts'
import { type Cost, peakMemory } from './measure.ts'
import { holdfast, opensshOnAll, type Program, type Programs } from './programs.ts'
import { COPIES, MANY_HOSTS } from './project_folder.ts'
import { countRoundTrips } from './round_trips.ts'

export interface Bench {
  readonly lab: BenchLab
  /** The folder of `writeProject`. */
  readonly folder: string
  readonly relays: readonly Relay[]
  readonly programs: Programs
  /** How often what is quick is measured. */
  readonly rounds: number
  readonly say: (line: string) => void
}

const TASKS = 27

/** Every budget, measured. */
export async function measureAll(bench: Bench): Promise<readonly Row[]> {
  const first = await firstApply(bench)
  const converged = await convergedRuns(bench)
  const slope = await cpuSlope(bench)
  return [...converged, slope, first, await roundTrips(bench), await memory(bench), await startUp(bench)]
}

/** Everything is to be changed: Holdfast and ansible-core, each on hosts of their first day. */
async function firstApply({ lab, folder, programs, say }: Bench): Promise<Row> {
  const what = 'first apply, everything changes, against ansible-core'
  const limit: Limit = { kind: 'at least', value: 15, unit: '× faster' }
  const theirs = programs.ansible
  const slow =
    'missing' in theirs
      ? undefined
      : await once({ name: 'first apply, ansible', command: theirs.command, rounds: 1, isRight: ended }, { folder, round: 0, say })
  if (slow) await lab.pristine()
  const isRight = ({ code, output }: Cost): boolean => code === 0 && output.includes('10 changed')
  const own = await once({ name: 'first apply, holdfast', command: APPLY, rounds: 1, isRight }, { folder, round: 0, say })
  if (!slow || 'missing' in theirs) return { what, value: undefined, limit, detail: 'missing' in theirs ? theirs.missing : '' }
  return { what, value: slow.seconds / own.seconds, limit, detail: `${shown(slow.seconds)} (${theirs.version}) : ${shown(own.seconds)}` }
}

const APPLY = holdfast('apply', 'playbook.yml', '--yes')
const ended = ({ code }: Cost): boolean => code === 0
const unchanged = ({ code, output }: Cost): boolean => code === 0 && /0 (changed|drifted), 10 (ok|clean)/.test(output)
const unchangedInAnsible = ({ code, output }: Cost): boolean => code === 0 && (output.match(/ changed=0 .* failed=0 /g)?.length ?? 0) === 10

/** Nothing is to be changed: everybody in turn. */
async function convergedRuns(bench: Bench): Promise<readonly Row[]> {
  const { folder, lab, programs, rounds, relays, say } = bench
  const names = lab.hosts.map(({ name }) => name)
  const { pyinfra } = programs
  // What pyinfra keeps under names of its own is not there yet.
  if (!('missing' in pyinfra))
    await once({ name: 'pyinfra, for the first time', command: pyinfra.command, rounds: 1, isRight: ended }, { folder, round: 0, say })
  const own = (name: string, ...words: readonly string[]): Contestant => ({ name, command: holdfast(...words), rounds, isRight: unchanged })
  const floor = (name: string, config: string): Contestant => ({ name, command: opensshOnAll(config, names), rounds, isRight: ended })
  const before = relays.map((one) => one.roundTrips())
  const result = await contest(
    [
      floor('openssh', 'hosts_ssh_config'),
      own('apply', 'apply', 'playbook.yml', '--yes'),
      own('drift', 'drift', 'playbook.yml'),
      floor('openssh, 50 ms away', 'relayed_ssh_config'),
      own('apply, 50 ms away', 'apply', 'playbook.yml', '--yes', '-i', 'relayed.yml'),
      ...others(programs),
    ],
    folder,
    say,
  )
  const trips = relays.reduce((sum, one, i) => sum + one.roundTrips() - (before[i] ?? 0), 0) / (relays.length * rounds)
  return convergedRows(result, { programs, trips })
}

const SLOW_ROUNDS = 2

function others({ ansible, mitogen, pyinfra }: Programs): readonly Contestant[] {
  const one = (name: string, program: Program, isRight: Contestant['isRight']): readonly Contestant[] =>
    'missing' in program ? [] : [{ name, command: program.command, rounds: SLOW_ROUNDS, isRight }]
  const nothingToDo = ({ code, output }: Cost): boolean => code === 0 && /Grand total\s+\d+\s+-\s+-/.test(output)
  return [
    ...one('ansible', ansible, unchangedInAnsible),
    ...one('mitogen', mitogen, unchangedInAnsible),
    ...one('pyinfra', pyinfra, nothingToDo),
  ]
}

interface Behind {
  readonly programs: Programs
  /** Of OpenSSH and Holdfast together, from the first byte to the last. */
  readonly trips: number
}

function convergedRows(result: ReadonlyMap<string, Medians>, { programs, trips }: Behind): readonly Row[] {
  const seconds = (name: string): number => result.get(name)?.seconds ?? Number.NaN
  const against = (what: string, [name, base]: readonly [string, string], { most, note = '' }: { most: number; note?: string }): Row => ({
    what,
    value: seconds(name) / seconds(base),
    limit: { kind: 'at most', value: most, unit: '×' },
    detail: `${shown(seconds(name))} : ${shown(seconds(base))}${note}`,
  })
  const faster = (name: keyof Programs, value: number): Row => {
    const program = programs[name]
    const limit: Limit = { kind: 'at least', value, unit: '× faster' }
    const what = `converged apply, against ${name === 'ansible' ? 'ansible-core with pipelining' : name}`
    if ('missing' in program) return { what, value: undefined, limit, detail: program.missing }
    return {
      what,
      value: seconds(name) / seconds('apply'),
      limit,
      detail: `${shown(seconds(name))} (${program.version}) : ${shown(seconds('apply'))}`,
    }
  }
  return [
    against(`converged apply of ${TASKS} tasks × 10 hosts, against OpenSSH running \`true\``, ['apply', 'openssh'], { most: 1.5 }),
    against('drift of the same, against OpenSSH running `true`', ['drift', 'openssh'], { most: 1.5 }),
    faster('ansible', 50),
    faster('mitogen', 25),
    faster('pyinfra', 5),
    against('converged apply 50 ms away, against OpenSSH running `true`', ['apply, 50 ms away', 'openssh, 50 ms away'], {
      most: 1.3,
      note: `; round trips of both together, handshake included: ${trips.toFixed(1)}`,
    }),
  ]
}

/** What one more task costs the controller on one host: many tasks minus few, so that the start of the process does not count. */
async function cpuSlope({ folder, rounds, say }: Bench): Promise<Row> {
  const many: Contestant = { name: 'many tasks', command: holdfast('apply', 'many.yml', '--yes'), rounds, isRight: unchanged }
  await once({ ...many, name: 'many tasks, for the first time', isRight: ended }, { folder, round: 0, say })
  const result = await contest([{ name: 'few tasks', command: APPLY, rounds, isRight: unchanged }, many], folder, say)
  const [few = Number.NaN, all = Number.NaN] = ['few tasks', 'many tasks'].map((name) => result.get(name)?.cpuSeconds)
  return {
    what: 'controller CPU per host and task, converged',
    value: ((all - few) * 1000) / ((COPIES - 1) * TASKS * 10),
    limit: { kind: 'at most', value: 0.3, unit: 'ms' },
    detail: `${shown(all)} for ${COPIES * TASKS} tasks, ${shown(few)} for ${TASKS}`,
  }
}

async function roundTrips({ folder }: Bench): Promise<Row> {
  const few = await countRoundTrips(folder, 'playbook.yml')
  const many = await countRoundTrips(folder, 'many.yml')
  return {
    what: 'round trips of a converged host after the handshake',
    value: Math.max(few, many),
    limit: { kind: 'at most', value: 2, unit: '' },
    detail: `${few} for ${TASKS} tasks, ${many} for ${COPIES * TASKS}`,
  }
}

async function memory({ folder, say }: Bench): Promise<Row> {
  await once(
    { name: 'tasks without names', command: holdfast('apply', 'same.yml', '--yes'), rounds: 1, isRight: ended },
    { folder, round: 0, say },
  )
  const { megabytes, output } = await peakMemory(holdfast('apply', 'same.yml', '--yes', '-i', 'crowd.yml', '--forks', '50'), folder)
  say(`${MANY_HOSTS} hosts: ${megabytes.toFixed(0)} MB; ${output.trim().split('\n').at(-1)?.trim()}`)
  return {
    what: `controller memory for ${MANY_HOSTS} hosts, all connected at the end`,
    value: new RegExp(`${MANY_HOSTS} ok`).test(output) ? megabytes : undefined,
    limit: { kind: 'at most', value: 250, unit: 'MB' },
    detail: output.trim().split('\n').at(-1)?.trim() ?? '',
  }
}

async function startUp({ folder, rounds, say }: Bench): Promise<Row> {
  const bare: Contestant = { name: 'node -e 0', command: { words: [process.execPath, '-e', '0'] }, rounds: rounds * 3, isRight: ended }
  const version: Contestant = { name: 'holdfast --version', command: holdfast('--version'), rounds: rounds * 3, isRight: ended }
  const result = await contest([bare, version], folder, () => undefined)
  const [node = Number.NaN, own = Number.NaN] = [bare, version].map(({ name }) => result.get(name)?.seconds)
  say(`node -e 0: ${shown(node)}, holdfast --version: ${shown(own)}`)
  return {
    what: '`holdfast --version`, against `node -e 0`',
    value: own / node,
    limit: { kind: 'at most', value: 2, unit: '×' },
    detail: `${shown(own)} : ${shown(node)}`,
  }
}

function shown(seconds: number): string {
  return `${seconds.toFixed(seconds < 1 ? 3 : 2)} s`
}
