/** What a key ceremony made signs blocks, and so does what comes back from a backup of it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createECDH, randomInt } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { channelFault, readChannel } from '../../engine/ceremony/channel.ts'
import { readSignerFile } from '../../engine/ceremony/signer_file.ts'
import { Secret } from '../../engine/core/secret.ts'
import { open } from '../../engine/secrets/open.ts'
import { type CeremonyProject, withFleet } from '../support/ceremony.ts'
import type { Person } from '../support/keys.ts'
import { limit } from '../support/limit.ts'
import { withScratch } from '../support/scratch.ts'
import { kvstoreGenesis } from './genesis.ts'
import { chainSuite, program } from './suite.ts'

const test = chainSuite('key ceremony with the real Horcrux')

limit(1200)

const CHAIN = 'kvstore-1'

test('a fleet signs with the shards that were made for it, and again with one that came back from a backup', () =>
  withCeremony(async ({ project, bed, people }) => {
    const shown = await shownBy(project)
    for (const [i, person] of people.entries()) await bed.place(i + 1, person)
    for (const id of [1, 2, 3]) assert.is(await bed.addressAt(id), shown.HexAddress)
    await bed.start(shown.publicKey)
    await bed.goesOn()
    assert.is((await project.call(['keys', 'backup', '--to', 'safe'])).code, 0)

    // Cosigner 2 burns down, and with it the inventory.
    await bed.stop(2)
    const { height } = await bed.latestOf([1, 3])
    await rm(bed.home(2), { recursive: true })
    await rm(join(project.folder, 'inventory/host_vars'), { recursive: true })
    assert.is((await project.call(['keys', 'restore', '--from', 'safe'])).code, 0)
    await bed.place(2, people[1] as Person)
    assert.is(await bed.addressAt(2), shown.HexAddress)
    await bed.tell(2, await bed.latestOf([1, 3]))
    const back = await bed.stateOf(2)
    assert.ok(BigInt(back.height) >= BigInt(height), 'it knows at least what its neighbour knew')
    assert.match(await bed.tell(2, { height: '1', round: 0, step: 1 }).catch((error) => error.stderr), 'regression not allowed')
    assert.equal(await bed.stateOf(2), back, 'what was signed went back')

    // From here on nothing is signed without it.
    await bed.run(2)
    await bed.stop(3)
    await bed.goesOn()
    assert.equal(await bed.evidence(), [])
  }))

test('a key that signed alone is split, and signs on where it was', () =>
  withCeremony(async ({ project, bed, people, call }) => {
    const { publicKey } = await shownBy(project)
    const alone = await bed.alone()
    assert.is.not(alone.publicKey, publicKey)
    const words = ['keys', 'import', alone.keyFile, '--state', alone.stateFile, '--replace', (await shownBy(project)).HexAddress]
    const { code, err } = await call(words)
    assert.is(code, 0, err)
    assert.is((await shownBy(project)).publicKey, alone.publicKey)
    for (const [i, person] of people.entries()) await bed.place(i + 1, person)
    for (const id of [1, 2, 3]) await bed.tell(id, JSON.parse(await readFile(alone.stateFile, 'utf8')))
    await rm(alone.keyFile)
    await bed.start(alone.publicKey)
    await bed.goesOn({ past: alone.height })
    assert.ok(BigInt((await bed.latestOf([1, 2, 3])).height) > BigInt(alone.height))
    assert.equal(await bed.evidence(), [])
  }))

test('public keys that Horcrux writes without their zero byte are found, and no others', () =>
  withScratch(async (folder) => {
    const lost: boolean[] = []
    for (let making = 0; making < 40; making += 1) {
      await promisify(execFile)(program('horcrux').path, ['create-ecies-shards', '--shards', '50', '--out', folder], {
        env: { HOME: folder },
      })
      lost.push(...(await lostIn(folder)))
    }
    assert.is(lost.length, 2000)
    assert.ok(lost.includes(true), 'none of 2,000 public keys has a coordinate that begins with a zero byte')
  }))

test.run()

/** For each of the cosigners of a making whether its public key begins a coordinate with a zero byte; what is found must be just that. */
async function lostIn(folder: string): Promise<readonly boolean[]> {
  const ids = Array.from({ length: 50 }, (_, i) => i + 1)
  const texts = await Promise.all(ids.map((id) => readFile(join(folder, `cosigner_${id}/ecies_keys.json`), 'utf8')))
  const channels = texts.flatMap((text) => readChannel(new Secret('test', text)) ?? [])
  assert.is(channels.length, ids.length)
  const points = channels.map(({ own }) => {
    const pair = createECDH('secp256k1')
    pair.setPrivateKey(Buffer.from(own, 'base64').toString('hex').padStart(64, '0'), 'hex')
    return pair.getPublicKey()
  })
  return channels.map(({ id, own, peers }, i) => {
    const right = points.map((point) => point.toString('base64'))
    // Each with what Horcrux wrote of itself, among others that are right.
    const fault = channelFault({ id, own, peers: right.map((point, k) => (k === i ? (peers[i] ?? '') : point)) })
    const isLost = points[i]?.[1] === 0 || points[i]?.[33] === 0
    assert.is(fault !== undefined, isLost, `${points[i]?.toString('hex')}: ${fault}`)
    return isLost
  })
}

interface Shown {
  readonly HexAddress: string
  readonly publicKey: string
}

async function shownBy(project: CeremonyProject): Promise<Shown> {
  const { address } = JSON.parse((await project.call(['keys', 'show', '--json'])).out)
  return { HexAddress: address.HexAddress, publicKey: JSON.parse(address.PubKey).key }
}

interface SignState {
  readonly height: string
  readonly round: number
  readonly step: number
}

interface Made {
  readonly project: CeremonyProject
  readonly people: readonly Person[]
  readonly bed: Bed
  readonly call: (words: readonly string[]) => ReturnType<CeremonyProject['call']>
}

async function withCeremony(use: (made: Made) => Promise<void>): Promise<void> {
  await withFleet({ threshold: 2 }, async (project) => {
    const people = [await project.custodian('ana'), await project.custodian('ben'), await project.custodian('eva')]
    const more = ['--keep-none', '--yes', '--accept-swap', '--horcrux', program('horcrux').path]
    const call = (words: readonly string[]) => project.call([...words, ...more])
    const made = await call(['keys', 'create'])
    assert.is(made.code, 0, made.err)
    await withScratch(async (folder) => {
      const bed = new Bed(folder, { project, ports: await freePorts(9) })
      try {
        await use({ project, people, bed, call })
      } finally {
        await bed.end()
      }
    })
  })
}

/** Three cosigners and one sentry on the loopback address. */
class Bed {
  readonly #folder: string
  readonly #project: CeremonyProject
  readonly #ports: readonly number[]
  readonly #running = new Map<string, ChildProcess>()

  constructor(folder: string, { project, ports }: { readonly project: CeremonyProject; readonly ports: readonly number[] }) {
    this.#folder = folder
    this.#project = project
    this.#ports = ports
  }

  home(id: number): string {
    return join(this.#folder, `cosigner-${id}`)
  }

  /** Places the shard of a cosigner as its custodian can open it, and the configuration. */
  async place(id: number, person: Person): Promise<void> {
    const file = readSignerFile(join(this.#project.folder, 'inventory/host_vars', `cosigner-${id}`, 'signer.yml'))
    if (!file) throw new Error(`cosigner-${id} has no shard`)
    const keyring = this.#project.keyring(person)
    const texts = { [`${CHAIN}_shard.json`]: await open(file.shard, keyring), 'ecies_keys.json': await open(file.ecies, keyring) }
    await mkdir(join(this.home(id), 'state'), { recursive: true, mode: 0o700 })
    for (const [name, text] of Object.entries(texts)) await writeFile(join(this.home(id), name), text.reveal(), { mode: 0o600 })
    await writeFile(join(this.home(id), 'config.yaml'), this.#config(), { mode: 0o600 })
  }

  async addressAt(id: number): Promise<string> {
    const { stdout } = await this.#ask(id, 'address', CHAIN, 'cosmos')
    return JSON.parse(stdout.slice(stdout.indexOf('{'))).HexAddress
  }

  async stateOf(id: number): Promise<SignState> {
    const { height, round, step } = JSON.parse(await readFile(join(this.home(id), 'state', `${CHAIN}_priv_validator_state.json`), 'utf8'))
    return { height, round: Number(round), step }
  }

  /** The latest that any of these knows: one that was not needed for a signature may know of an earlier one. */
  async latestOf(ids: readonly number[]): Promise<SignState> {
    const states = await Promise.all(ids.map((id) => this.stateOf(id)))
    return states.reduce((latest, state) => (Number(state.height) > Number(latest.height) ? state : latest))
  }

  /** Tells a cosigner at rest what was signed so far. */
  async tell(id: number, state: SignState): Promise<string> {
    const asked = this.#ask(id, 'state', 'import', CHAIN)
    asked.child.stdin?.end(`${JSON.stringify(state)}\n\n`)
    return (await asked).stdout
  }

  /** Starts everything, on a chain whose only validator has this key. */
  async start(publicKey: string): Promise<void> {
    const home = join(this.#folder, 'sentry')
    await this.#layOut(home, publicKey)
    for (const id of [1, 2, 3]) await this.run(id)
    await this.#sentry()
  }

  async run(id: number): Promise<void> {
    this.#keep(`cosigner-${id}`, program('horcrux').path, ['--home', this.home(id), 'start'])
  }

  async stop(id: number): Promise<void> {
    await this.#stop(`cosigner-${id}`)
  }

  /** Waits for more blocks than there are, or than that. A chain with one validator may stand still until its sentry is started anew. */
  async goesOn({ past }: { readonly past?: string } = {}): Promise<void> {
    const first = past === undefined ? await this.#height() : Number(past)
    for (let seconds = 0; seconds < 240; seconds += 1) {
      if ((await this.#height()) > first + 4) return
      if (seconds % 30 === 29) await this.#sentry()
      await new Promise((go) => setTimeout(go, 1000))
    }
    throw new Error(`no blocks after ${first}: ${await this.#logs()}`)
  }

  async evidence(): Promise<readonly unknown[]> {
    const height = await this.#height()
    const found: unknown[] = []
    for (let at = 1; at <= height; at += 1) {
      const { block } = await this.#rpc(`block?height=${at}`)
      found.push(...block.evidence.evidence)
    }
    return found
  }

  /** A validator that signs alone for some blocks, and is stopped. */
  async alone() {
    const home = join(this.#folder, 'alone')
    await this.#comet('init', '--home', home)
    const keyFile = join(home, 'config/priv_validator_key.json')
    const stateFile = join(home, 'data/priv_validator_state.json')
    const { value: publicKey } = JSON.parse(await readFile(keyFile, 'utf8')).pub_key
    await writeFile(
      join(home, 'config/genesis.json'),
      kvstoreGenesis({ chainId: CHAIN, validators: [{ name: 'v', publicKey, power: 10 }] }),
    )
    this.#keep('alone', program('cometbft').path, ['start', '--home', home, '--proxy_app', 'kvstore', ...this.#listen()])
    await this.goesOn()
    await this.#stop('alone')
    return { keyFile, stateFile, publicKey, height: JSON.parse(await readFile(stateFile, 'utf8')).height as string }
  }

  async end(): Promise<void> {
    for (const child of this.#running.values()) child.kill('SIGKILL')
  }

  async #layOut(home: string, publicKey: string): Promise<void> {
    await this.#comet('init', '--home', home)
    const text = kvstoreGenesis({ chainId: CHAIN, validators: [{ name: 'v', publicKey, power: 10 }] })
    const before = await readFile(join(this.#folder, 'alone/config/genesis.json'), 'utf8').catch(() => undefined)
    await writeFile(join(home, 'config/genesis.json'), before ?? text)
    if (before !== undefined) await promisify(execFile)('cp', ['-r', join(this.#folder, 'alone/data'), home])
  }

  async #sentry(): Promise<void> {
    await this.#stop('sentry')
    const home = join(this.#folder, 'sentry')
    const words = ['start', '--home', home, '--proxy_app', 'kvstore', '--priv_validator_laddr', `tcp://127.0.0.1:${this.#ports[0]}`]
    this.#keep('sentry', program('cometbft').path, [...words, ...this.#listen()])
  }

  #listen(): readonly string[] {
    const [, rpc, p2p] = this.#ports
    return ['--rpc.laddr', `tcp://127.0.0.1:${rpc}`, '--rpc.pprof_laddr', '', '--p2p.laddr', `tcp://127.0.0.1:${p2p}`]
  }

  #config(): string {
    const cosigners = [1, 2, 3].map((id) => `  - {shardID: ${id}, p2pAddr: "tcp://127.0.0.1:${this.#ports[2 + id]}"}`)
    return [
      'signMode: threshold',
      'thresholdMode:',
      '  threshold: 2',
      '  cosigners:',
      ...cosigners,
      '  grpcTimeout: 1000ms',
      '  raftTimeout: 1000ms',
      'chainNodes:',
      `- privValAddr: tcp://127.0.0.1:${this.#ports[0]}`,
      'debugAddr: ""',
      'grpcAddr: ""',
      'maxReadSize: 1048576',
      '',
    ].join('\n')
  }

  #ask(id: number, ...words: readonly string[]) {
    return promisify(execFile)(program('horcrux').path, ['--home', this.home(id), ...words])
  }

  async #comet(...words: readonly string[]): Promise<void> {
    await promisify(execFile)(program('cometbft').path, words)
  }

  #keep(name: string, path: string, words: readonly string[]): void {
    const log = openSync(join(this.#folder, `${name}.log`), 'a')
    const child = spawn(path, words, { stdio: ['ignore', log, log] })
    closeSync(log)
    this.#running.set(name, child)
  }

  async #stop(name: string): Promise<void> {
    const child = this.#running.get(name)
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((done) => child.on('exit', done))
    child.kill('SIGTERM')
    // A sentry that waits for a signature does not end when asked.
    const last = setTimeout(() => child.kill('SIGKILL'), 5000)
    await ended
    clearTimeout(last)
  }

  async #height(): Promise<number> {
    return await this.#rpc('status').then(
      ({ sync_info }) => Number(sync_info.latest_block_height),
      () => 0,
    )
  }

  // biome-ignore lint/suspicious/noExplicitAny: what a node answers is looked at piece by piece
  async #rpc(path: string): Promise<any> {
    const answer = await fetch(`http://127.0.0.1:${this.#ports[1]}/${path}`)
    return ((await answer.json()) as { readonly result: unknown }).result
  }

  async #logs(): Promise<string> {
    const texts = await Promise.all(
      [...this.#running.keys()].map(
        async (name) => `\n${name}: ${(await readFile(`${join(this.#folder, name)}.log`, 'utf8')).slice(-500)}`,
      ),
    )
    return texts.join('')
  }
}

/** Ports that nobody listens on. The kernel gives none of them to a connection: a cosigner that is away for a while finds its own free again. */
async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = []
  for (let port = randomInt(12_000, 30_000); ports.length < count; port += 1) if (await isFree(port)) ports.push(port)
  return ports
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, () => server.close(() => resolve(true)))
  })
}
