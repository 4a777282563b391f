import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Event } from '../../engine/core/event.ts'
import type { Result } from '../../engine/core/result.ts'
import { compile } from '../../engine/playbook/compile.ts'
import { createExpander } from '../../engine/playbook/include.ts'
import { selects } from '../../engine/playbook/tags.ts'
import { Fleet } from '../../engine/runner/fleet.ts'
import type { Patience } from '../../engine/session/patience.ts'
import type { Summary } from '../../engine/runner/record.ts'
import { type Foresight, foresee } from '../../engine/foresight/foresee.ts'
import { run } from '../../engine/runner/run.ts'
import type { Files } from './project.ts'

export interface LocalRun {
  readonly events: readonly Event[]
  readonly summary: Summary
  /** `host task status`, in the order of the run. */
  readonly story: readonly string[]
  /** What a task came to on a host, by the task's name. */
  readonly result: (host: string, task: string) => Result
  /** What `debug` said on a host. */
  readonly said: (host: string) => readonly string[]
  /** A file of the scratch folder, as the playbook knows it by `{{ scratch }}`. */
  readonly folder: string
  /** Round trips after the handshake, by host. */
  readonly trips: { readonly [host: string]: number }
  /** What is foretold of such a run. */
  readonly foresights: readonly Foresight[]
}

export interface LocalOptions {
  readonly hosts?: readonly string[]
  readonly check?: boolean
  /** As `drift` does. */
  readonly everyHost?: boolean
  readonly tags?: readonly string[]
  readonly forceHandlers?: boolean
  /** Hosts that nobody can reach. */
  readonly dark?: readonly string[]
  /** How hosts are reached that are not this machine. */
  readonly reached?: { readonly [host: string]: Files }
  readonly patience?: Patience
  readonly forks?: number
  /** The run is the second one. */
  readonly again?: boolean
  /** At the first event for which this holds, the run is interrupted. */
  readonly interruptAt?: (event: Event) => boolean
}

/**
 * Runs `site.yml` of these files on hosts that are all this machine: everything but the network is real. `{{ scratch }}` is a folder that goes
 * away at the end; `{{ here }}` one for each host in it.
 */
export async function withLocalRun<T>(files: Files, options: LocalOptions, body: (ran: LocalRun) => T | Promise<T>): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'hf-local-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    if (options.again) await runLocally(root, options)
    return await body(await runLocally(root, options))
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** Runs `site.yml` of a folder once. */
async function runLocally(
  root: string,
  {
    hosts = ['h1', 'h2', 'h3', 'h4'],
    dark = [],
    check = false,
    everyHost = false,
    tags = [],
    forceHandlers = false,
    reached = {},
    patience,
    forks = 10,
    interruptAt,
  }: LocalOptions,
): Promise<LocalRun> {
  for (const host of hosts) mkdirSync(join(root, 'hosts', host), { recursive: true })
  const events: Event[] = []
  const interruption = new AbortController()
  const known = {
    roster: {
      hosts,
      groups: { all: hosts },
      groupsOf: () => [],
      layers: (host: string) => [{ rank: 'host_vars' as const, values: variables(host) }],
    },
    extra: [],
    open: () => {
      throw new Error('nothing is sealed')
    },
  }
  const fleet = new Fleet({
    ...known,
    check,
    reach: { timeoutMs: 2000 },
    connect: { home: root, retries: 0 },
    ...(patience && { patience }),
  })
  const variables = (host: string): never =>
    ({
      kind: 'map',
      origin: { file: 'host_vars', line: 1, column: 1 },
      entries: Object.entries({
        scratch: root,
        here: join(root, 'hosts', host),
        ...(reached[host] ?? (dark.includes(host) ? NOWHERE : HERE)),
      }).map(([key, value]) => ({
        key,
        keyOrigin: ORIGIN,
        value: { kind: 'scalar', value, raw: String(value), quoted: true, origin: ORIGIN },
      })),
    }) as never
  try {
    const plan = compile([join(root, 'site.yml')], { root })
    const chosen = {
      hostsOf: () => hosts,
      selects: (step: { readonly tags: readonly string[] }) => selects(step.tags, { tags, skipTags: [] }),
    }
    const foresights = await foresee(plan, { ...known, ...chosen, expander: () => createExpander({ root }) })
    const summary = await run(plan, fleet, {
      check,
      everyHost,
      diff: false,
      forks,
      ...chosen,
      expander: createExpander({ root }),
      forceHandlers,
      emit: (event) => {
        events.push(event)
        if (interruptAt?.(event)) interruption.abort()
      },
      signal: interruption.signal,
    })
    return { ...told(events), summary, folder: root, foresights, trips: await fleet.roundTrips() }
  } finally {
    await fleet.close()
  }
}

const HERE = { ansible_connection: 'local' }
const NOWHERE = { ansible_host: '127.0.0.1', ansible_port: 1, ansible_connection: 'ssh' }
const ORIGIN = { file: 'host_vars', line: 1, column: 1 }

function told(events: readonly Event[]): Pick<LocalRun, 'events' | 'story' | 'result' | 'said'> {
  const results = events.flatMap((event) => (event.kind === 'result' ? [event] : []))
  return {
    events,
    story: results.map(({ host, task, result }) => `${host} ${task.label} ${result.ignored ? 'ignored' : result.status}`),
    result: (host, label) => {
      const found = results.findLast((event) => event.host === host && event.task.label === label)
      if (!found) throw new Error(`${label} did not run on ${host}`)
      return found.result
    },
    said: (host) => events.flatMap((event) => (event.kind === 'message' && event.host === host ? [event.text] : [])),
  }
}
