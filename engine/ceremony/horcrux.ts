import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { reject } from '../core/diagnostic.ts'
import { Secret } from '../core/secret.ts'
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

/** The key in shards, each with new ECIES keys, in the order of their ids. */
export async function split(horcrux: Horcrux, { key, chainId, shards, threshold, folder, signal }: Splitting): Promise<readonly Shard[]> {
  const [keyFile, out] = [join(folder, 'priv_validator_key.json'), join(folder, 'shards')]
  await writeFile(keyFile, key.text.reveal(), { mode: 0o600, flag: 'wx' })
  const count = ['--shards', String(shards), '--out', out]
  const made = { folder, signal }
  await demand(horcrux, { words: ['create-ecies-shards', ...count], ...made })
  const words = ['create-ed25519-shards', '--chain-id', chainId, '--key-file', keyFile, '--threshold', String(threshold), ...count]
  await demand(horcrux, { words, ...made })
  return await Promise.all(Array.from({ length: shards }, (_, i) => readShard(join(out, `cosigner_${i + 1}`), { id: i + 1, chainId })))
}

/** The first release without the race that let a cluster sign twice. */
const LEAST = '3.3.2'
const FLAG = '`--horcrux PATH`'

interface Running {
  readonly words: readonly string[]
  readonly folder: string
  readonly signal: AbortSignal
}

/** How the program ended, and all it said. It gets nothing of our environment and no terminal. */
function run(path: string, { words, folder, signal }: Running): Promise<{ readonly code: number | null; readonly text: string }> {
  return new Promise((done) => {
    const child = spawn(path, words, { cwd: folder, env: { HOME: folder }, stdio: ['ignore', 'pipe', 'pipe'], signal })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (piece: string) => (text += piece))
    child.on('error', (error: NodeJS.ErrnoException) => {
      // One that was begun and is told to stop may write until it is gone.
      if (child.pid === undefined) done({ code: null, text: `the system says ${error.code}` })
    })
    child.on('exit', (code) => {
      // Whoever has inherited its output may keep that open for long.
      if (signal.aborted) done({ code, text })
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
    // What it says could quote what it was given; its last line is enough, and known secrets are blanked in it.
    detail: text.trim().split('\n').at(-1) ?? '',
    help: 'nothing was written',
  })
}

async function readShard(folder: string, { id, chainId }: { readonly id: number; readonly chainId: string }): Promise<Shard> {
  const read = async (name: string) => new Secret(`shard ${id}`, await readFile(join(folder, name), 'utf8').catch(() => ''))
  return { id, shard: await read(`${chainId}_shard.json`), ecies: await read('ecies_keys.json') }
}

function isOlder(version: string, than: string): boolean {
  const [own, other] = [version, than].map((text) => text.split('.').map(Number))
  const differing = own?.findIndex((part, i) => part !== other?.[i]) ?? -1
  return differing >= 0 && (own?.[differing] ?? 0) < (other?.[differing] ?? 0)
}
