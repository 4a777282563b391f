import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { reject } from '../core/diagnostic.ts'
import { Secret } from '../core/secret.ts'
import { channelFault, readChannel } from './channel.ts'
import type { ConsensusKey } from './consensus_key.ts'
import type { Shard } from './shards.ts'

/** The program that splits keys. */
export interface Horcrux {
  readonly path: string
  readonly version: string
}

/** The program at a path. Refuses one that is none, and releases that are known to let a validator sign twice. */
export async function openHorcrux(path: string, signal: AbortSignal): Promise<Horcrux> {
  const { text } = await run(path, { words: ['version'], folder: '/', signal })
  const [, version] = /"version":\s*"v?(\d+\.\d+\.\d+)"/.exec(text) ?? []
  if (version === undefined) {
    reject({ code: 'keys-horcrux', message: `\`${path} version\` does not say the version of Horcrux`, help: `name the program: ${FLAG}` })
  }
  if (isOlder(version, LEAST)) {
    reject({
      code: 'keys-horcrux',
      message: `\`${path}\` is Horcrux ${version}, and releases before ${LEAST} can sign twice (GHSA-6wxf-7784-62fp)`,
      help: `use ${LEAST} or later: ${FLAG}`,
    })
  }
  return { path, version }
}

export interface Splitting {
  readonly key: ConsensusKey
  readonly chainId: string
  readonly shards: number
  readonly threshold: number
  /** A folder in memory. The key and its shards stand there as files, and are the caller's to wipe. */
  readonly folder: string
  readonly signal: AbortSignal
}

/** The key in shards, each with new ECIES keys, in the order of their ids. Keys that Horcrux has written wrongly are made again. */
export async function split(horcrux: Horcrux, splitting: Splitting): Promise<readonly Shard[]> {
  const { key, chainId, shards, threshold, folder } = splitting
  const [keyFile, out] = [join(folder, 'priv_validator_key.json'), join(folder, 'shards')]
  await writeFile(keyFile, key.text.reveal(), { mode: 0o600, flag: 'wx' }).catch(noRoom)
  await makeChannels(horcrux, { ...splitting, out })
  const words = ['create-ed25519-shards', '--chain-id', chainId, '--key-file', keyFile, '--threshold', String(threshold)]
  await demand(horcrux, { ...splitting, words: [...words, ...countIn(splitting, out)] })
  return await Promise.all(idsOf(shards).map((id) => readShard(cosignerFolder(out, id), { id, chainId })))
}

/** The first release without the race that let a cluster sign twice. */
const LEAST = '3.3.2'
const FLAG = '`--horcrux PATH`'

function noRoom({ code, path }: NodeJS.ErrnoException): never {
  reject({
    code: 'no-memory-folder',
    message: `cannot write \`${path}\`: the system says ${code}`,
    help: 'make room there; nothing was written',
  })
}

/** So often that even for many cosigners one try in millions is in vain. */
const MOST_TRIES = 12

/** The ECIES keys of all, made again where one of them is a key that the others could not use. */
async function makeChannels(horcrux: Horcrux, making: Splitting & { readonly out: string }): Promise<void> {
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    await demand(horcrux, { ...making, words: ['create-ecies-shards', ...countIn(making, making.out)] })
    const texts = await Promise.all(idsOf(making.shards).map((id) => readEcies(cosignerFolder(making.out, id), id)))
    // What is no such file at all is told by the check of the shards.
    if (texts.map(readChannel).every((channel) => channel === undefined || channelFault(channel) === undefined)) return
  }
  reject({
    code: 'keys-horcrux',
    message: `Horcrux made ECIES keys ${MOST_TRIES} times, and each time a public key among them was not that of its private key`,
    help: 'nothing was written; check which program `--horcrux` names',
  })
}

function countIn({ shards }: Splitting, out: string): readonly string[] {
  return ['--shards', String(shards), '--out', out]
}

function idsOf(shards: number): readonly number[] {
  return Array.from({ length: shards }, (_, i) => i + 1)
}

function cosignerFolder(out: string, id: number): string {
  return join(out, `cosigner_${id}`)
}

interface Running {
  readonly words: readonly string[]
  readonly folder: string
  readonly signal: AbortSignal
}

/** More than Horcrux ever says: what says more is something else, and may not end. */
const MOST_SAID = 256 * 1024

/** So long what it has said may take to arrive after its end. */
const GRACE_MS = 1000

/** How the program ended, and all it said. It gets nothing of our environment and no terminal. */
function run(path: string, { words, folder, signal }: Running): Promise<{ readonly code: number | null; readonly text: string }> {
  return new Promise((done) => {
    const child = spawn(path, words, { cwd: folder, env: { HOME: folder }, stdio: ['ignore', 'pipe', 'pipe'], signal })
    let text = ''
    let heard = 0
    const streams = [child.stdout, child.stderr]
    // What it has started may hold its output open, and write for ever.
    const hush = () => {
      for (const stream of streams) stream.destroy()
    }
    const hear = (piece: string) => {
      text = (text + piece).slice(-MOST_SAID)
      heard += piece.length
      if (heard <= MOST_SAID) return
      child.kill('SIGKILL')
      hush()
    }
    for (const stream of streams) stream.setEncoding('utf8').on('data', hear)
    child.on('error', (error: NodeJS.ErrnoException) => {
      // One that was begun and is told to stop may write until it is gone.
      if (child.pid === undefined) done({ code: null, text: `the system says ${error.code}` })
    })
    child.on('exit', (code) => {
      if (signal.aborted) done({ code, text })
      const grace = setTimeout(hush, GRACE_MS)
      child.on('close', () => clearTimeout(grace))
    })
    child.on('close', (code) => done({ code, text }))
  })
}

async function demand(horcrux: Horcrux, running: Running): Promise<void> {
  const { code, text } = await run(horcrux.path, running)
  if (code === 0) return
  reject({
    code: 'keys-horcrux',
    message: `\`horcrux ${running.words[0]}\` failed`,
    detail: saidBy(text),
    help: 'nothing was written',
  })
}

async function readShard(folder: string, { id, chainId }: { readonly id: number; readonly chainId: string }): Promise<Shard> {
  return { id, shard: await readSecret(join(folder, `${chainId}_shard.json`), id), ecies: await readEcies(folder, id) }
}

async function readEcies(folder: string, id: number): Promise<Secret> {
  return await readSecret(join(folder, 'ecies_keys.json'), id)
}

async function readSecret(path: string, id: number): Promise<Secret> {
  return new Secret(`shard ${id}`, await readFile(path, 'utf8').catch(() => ''))
}

/** What it says could quote what it was given; one line is enough, and known secrets are blanked in it. Its usage may stand behind. */
function saidBy(text: string): string {
  const lines = text.trim().split('\n')
  return lines.findLast((line) => /^(Error|panic):/i.test(line)) ?? lines.at(-1) ?? ''
}

function isOlder(version: string, than: string): boolean {
  const [own, other] = [version, than].map((text) => text.split('.').map(Number))
  const differing = own?.findIndex((part, i) => part !== other?.[i]) ?? -1
  return differing >= 0 && (own?.[differing] ?? 0) < (other?.[differing] ?? 0)
}
