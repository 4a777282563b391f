import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { callHoldfast } from '../support/command.ts'
import { bootChainLab, type ChainLab } from './chain_lab.ts'
import { COSIGNERS, custodian, furnish, keyFile, publicKeyIn } from './chain_project.ts'
import { simdGenesis } from './genesis.ts'
import { inside } from './inside.ts'
import { addressOf, type Node } from './observed.ts'
import { program } from './suite.ts'
import { joinNetwork, makeOutsider, type Outsider } from './world.ts'

/** A fleet that serves a real chain in the lab, made by the ordinary commands from bare hosts. */
export interface StandingFleet extends ChainLab {
  /** What CometBFT calls our validator. */
  readonly validator: string
  /** A node of the world outside, which sees the chain as everybody does. */
  readonly outside: Node
  /** Calls the command in the project; a run that ends otherwise than with 0 is an error that shows what it said. */
  holdfast(...words: readonly string[]): Promise<string>
  /** Calls it with the key of somebody else. */
  as(person: string, ...words: readonly string[]): Promise<string>
  /** Applies one of the project's playbooks and gives what its JSON says. */
  apply(playbook: string, ...words: readonly string[]): Promise<Applied>
  on(host: string, command: string): Promise<string>
}

export interface Applied {
  readonly code: number | null
  readonly ms: number
  readonly hosts: { readonly [host: string]: { readonly changed: number; readonly failed: number; readonly unreachable: number } }
  readonly results: readonly { readonly host: string; readonly task: string; readonly status: string; readonly message?: string }[]
  readonly err: string
}

const OUTSIDERS = { 'world-1': 101, 'world-2': 102, 'world-3': 103 }
const CHAIN_ID = 'simd-1'
const POWER = 10

let standing: Promise<StandingFleet> | undefined

/** The fleet, made at the first call; the tests of a file share it and leave it as they found it. */
export function standingFleet(): Promise<StandingFleet> {
  standing ??= raise()
  return standing
}

/** Says how long each step took, in the words of the guide. */
export interface Step {
  readonly what: string
  readonly seconds: number
}

export const steps: Step[] = []

async function raise(): Promise<StandingFleet> {
  const lab = await bootChainLab({ which: 5, further: OUTSIDERS })
  await furnish(lab.project)
  const fleet = commands(lab)
  await fleet.holdfast('keys', 'node')
  await fleet.holdfast('keys', 'create', '--horcrux', program('horcrux').path, '--keep-none', '--yes')
  const ours = await publicKeyIn(lab.project)
  const outsiders = await Promise.all(
    Object.keys(OUTSIDERS).map((host) => makeOutsider(host, { program: program('simd'), chainId: CHAIN_ID, power: POWER })),
  )
  const validators = [{ name: 'ours', publicKey: ours, power: POWER }, ...outsiders.map(({ validator }) => validator)]
  const genesis = await simdGenesis({ simd: program('simd').path, chainId: CHAIN_ID, validators })
  await writeFile(join(lab.project, 'files/genesis.json'), genesis)
  await timed('bootstrap.yml', () => fleet.holdfast('apply', playbook('bootstrap'), '--yes'))
  await timed('keys.yml, by each custodian', () => placeKeys(fleet))
  await timed('site.yml', () => fleet.holdfast('apply', playbook('site'), '--yes'))
  await meet({ outsiders, fleet, genesis })
  return { ...fleet, validator: addressOf(ours) }
}

/** Each custodian brings the shard of one cosigner, and can open no other. */
async function placeKeys(fleet: Omit<StandingFleet, 'validator'>): Promise<void> {
  for (const [i, host] of COSIGNERS.entries()) await fleet.as(custodian(i + 1), 'apply', playbook('keys'), '--limit', host, '--yes')
}

interface Meeting {
  readonly outsiders: readonly Outsider[]
  readonly fleet: Omit<StandingFleet, 'validator'>
  readonly genesis: string
}

/** Starts the world outside: its nodes know each other and our public nodes. */
async function meet({ outsiders, fleet, genesis }: Meeting): Promise<void> {
  const ours = await Promise.all([1, 2].map(async (i) => `${await nodeIdOf(fleet, `public-${i}`)}@${fleet.range}.1${i}:26656`))
  const theirs = outsiders.map(({ id, host }) => `${id}@${fleet.range}.${OUTSIDERS[host as keyof typeof OUTSIDERS]}:26656`)
  await Promise.all(
    outsiders.map((outsider, i) =>
      joinNetwork(outsider, { lab: fleet.name, program: program('simd'), genesis, peers: [...ours, ...theirs.filter((_, j) => j !== i)] }),
    ),
  )
}

async function nodeIdOf(fleet: Omit<StandingFleet, 'validator'>, host: string): Promise<string> {
  return (await fleet.on(host, 'simd comet show-node-id --home /var/lib/cosmos-node')).trim()
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const began = Date.now()
  const result = await work()
  steps.push({ what, seconds: Math.round((Date.now() - began) / 1000) })
  return result
}

function commands(lab: ChainLab): Omit<StandingFleet, 'validator'> {
  const call = (words: readonly string[], person = 'operator') =>
    callHoldfast(words, { cwd: lab.project, env: { HOLDFAST_KEY_FILE: join(lab.project, keyFile(person)) }, timeoutMs: 1_200_000 })
  const holdfast = async (words: readonly string[], person?: string) => {
    const { code, out, err } = await call(words, person)
    if (code !== 0) throw new Error(`holdfast ${words.join(' ')} ended with ${code}\n${err.slice(-6000)}`)
    return out
  }
  return {
    ...lab,
    outside: { lab: lab.name, host: 'world-1' },
    on: (host, command) => inside(lab.name, host, command),
    holdfast: (...words) => holdfast(words),
    as: (person, ...words) => holdfast(words, person),
    async apply(name, ...words) {
      const { code, out, err } = await call(['apply', playbook(name), '--yes', '--json', ...words])
      return { code, err, ...(JSON.parse(out) as Pick<Applied, 'ms' | 'hosts' | 'results'>) }
    },
  }
}

function playbook(name: string): string {
  return `playbooks/${name}.yml`
}
