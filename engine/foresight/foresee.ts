import type { Plan, Play } from '../core/plan.ts'
import type { Expander } from '../playbook/include.ts'
import { Unknown } from '../playbook/pending.ts'
import { Fleet, type FleetOptions } from '../runner/fleet.ts'
import { run } from '../runner/run.ts'
import type { RunOptions } from '../runner/run_options.ts'
import { type Bound, createDeclared, type Declared } from './as_declared.ts'
import { createGuessing, unknownValue } from './guessing.ts'
import { imaginedCrew } from './imagined_crew.ts'
import { imaginedHost } from './imagined_host.ts'
import { type BatchAhead, TripLog, type Trips } from './trip_log.ts'

export interface ForesightOptions
  extends Pick<FleetOptions, 'roster' | 'extra' | 'open' | 'opener'>,
    Pick<RunOptions, 'hostsOf' | 'selects'> {
  readonly expander: () => Expander
}

/** The round trips that a play takes if its hosts are as declared. */
export interface Foresight {
  readonly play: Play
  readonly least: Trips
  /** Equal to `least` wherever nothing hangs on what only a host could tell. */
  readonly most: Trips
  /** What may take any number of round trips more. */
  readonly open: readonly string[]
  /** Taken from where the most is done. */
  readonly batches: readonly BatchAhead[]
}

/**
 * The round trips of a run in which nothing has to change and nothing fails, found by letting the runner itself carry the plan out on
 * hosts that are only imagined. What only a host could tell is answered twice: so that it takes the fewest, and the most.
 */
export async function foresee(plan: Plan, options: ForesightOptions): Promise<readonly Foresight[]> {
  const [least, most] = [await imagine(plan, 'least', options), await imagine(plan, 'most', options)]
  return plan.plays.map((play, i) => ({
    play,
    least: least.tripsOf(i),
    most: most.tripsOf(i),
    open: [...new Set([...least.openIn(i), ...most.openIn(i)])],
    batches: most.batchesOf(i),
  }))
}

async function imagine(plan: Plan, bound: Bound, options: ForesightOptions): Promise<TripLog> {
  const declared = createDeclared(bound)
  const guessing = createGuessing({ bound, declared })
  const log = new TripLog()
  const imagined = declared.plan(plan)
  const { roster, extra, open, opener } = options
  const facts = unknownValue(guessing.guess)
  const fleet = new Fleet({
    roster,
    extra: [...extra, { rank: 'facts', given: { facts, ansible_facts: facts } }],
    open,
    ...(opener && { opener }),
    check: false,
    reach: {},
    connect: { home: '/' },
    meet: (name) => imaginedHost(name, (trip) => log.add(trip)),
  })
  const hosts = new Map(imagined.plays.map((play, i) => [play, plan.plays[i] as Play]))
  const running = run(imagined, fleet, {
    check: false,
    diff: false,
    forks: 1,
    hostsOf: (play) => options.hostsOf(hosts.get(play) ?? play),
    selects: options.selects,
    expander: expanderOf(options.expander(), declared),
    forceHandlers: false,
    guards: { permit: (host) => void log.mayChange(host), close: async () => undefined },
    emit: (event) => {
      if (event.kind === 'play') log.beginPlay(event.hosts)
      if (event.kind === 'batch') log.beginBatch(event.number, event.hosts)
      if (event.kind === 'stopped') log.leaveOpen(event.reason)
    },
    signal: new AbortController().signal,
    crew: (crew) =>
      imaginedCrew(
        { ...crew, onAhead: (host, ahead) => log.reach(host, ahead) },
        { original: declared.original, turnTo: (task) => log.turnTo(task), leaveOpen: (why) => log.leaveOpen(why) },
        guessing,
      ),
  })
  await running.catch((error: unknown) => {
    if (!(error instanceof Unknown)) throw error
    log.breakOff()
  })
  log.close()
  await fleet.close()
  return log
}

function expanderOf(expander: Expander, { steps, task }: Declared): Expander {
  return {
    expand: (include, scope, handlers) => {
      const held = expander.expand(include, scope, handlers)
      return 'condition' in held ? held : { ...held, steps: steps(held.steps), handlers: held.handlers.map(task) }
    },
  }
}
