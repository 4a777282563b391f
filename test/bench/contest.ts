import { join } from 'node:path'
import { type Command, type Cost, measure } from './measure.ts'
import { median } from './budget.ts'

/** One thing that is measured again and again, in turn with others. */
export interface Contestant {
  readonly name: string
  readonly command: Command
  /** How often; those that take a minute come less often. */
  readonly rounds: number
  /** Whether what it printed says that all went well and nothing was changed. */
  readonly isRight: (cost: Cost) => boolean
}

/** The medians of one contestant. */
export interface Medians {
  readonly seconds: number
  readonly cpuSeconds: number
}

/**
 * Runs all contestants in turn, round by round, so that whatever else the machine does falls on each alike. A run that did not do what
 * it should ends the bench: a time without the work means nothing.
 */
export async function contest(
  contestants: readonly Contestant[],
  folder: string,
  say: (line: string) => void,
): Promise<ReadonlyMap<string, Medians>> {
  const costs = new Map<string, Cost[]>(contestants.map(({ name }) => [name, []]))
  for (let round = 0; contestants.some(({ rounds }) => round < rounds); round++) {
    for (const contestant of contestants.filter(({ rounds }) => round < rounds))
      costs.get(contestant.name)?.push(await once(contestant, { folder, round, say }))
  }
  return new Map([...costs].map(([name, runs]) => [name, medians(runs)]))
}

/** One run of one contestant. */
export async function once({ name, command, isRight }: Contestant, { folder, round, say }: Round): Promise<Cost> {
  // Connections that an earlier run left open would spare this one its handshakes.
  const env = { ...command.env, ANSIBLE_SSH_CONTROL_PATH_DIR: join(folder, 'control', `${name.replaceAll(' ', '-')}-${round}`) }
  const cost = await measure({ ...command, env }, folder)
  if (!isRight(cost)) throw new Error(`${name} went wrong:\n${cost.output.slice(-3000)}`)
  say(`${name}: ${cost.seconds.toFixed(2)} s, ${cost.cpuSeconds.toFixed(2)} s of CPU`)
  return cost
}

interface Round {
  readonly folder: string
  readonly round: number
  readonly say: (line: string) => void
}

function medians(runs: readonly Cost[]): Medians {
  return { seconds: median(runs.map(({ seconds }) => seconds)), cpuSeconds: median(runs.map(({ cpuSeconds }) => cpuSeconds)) }
}
