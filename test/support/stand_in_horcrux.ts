/**
 * A program that answers as Horcrux does where a key is split: the same words, files, modes and output, and shards by the same scheme.
 * Whether the real program does the same is what `ceremony.chain.ts` asks.
 */
import { createECDH, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { scalarOf } from '../../engine/ceremony/ed25519.ts'

/** How it strays from what it should do. */
export interface Straying {
  readonly version?: string
  /** Shell code that runs before each command but `version`. */
  readonly first?: string
  readonly fault?: 'other key' | 'too few' | 'swapped' | 'fails' | 'lost zero' | 'lost zero once'
}

/** A pair of ECIES keys in hexadecimal digits whose public key begins with a zero byte, and how Horcrux writes that: without it. */
export const LOST_ZERO = {
  private: '99'.padStart(64, '0'),
  written:
    '04e3ae1974566ca06cc516d47e0fb165a674a3dabcfca15e722f0e3450f4588900' +
    '2aeabe7e4531510116217f07bf4d07300de97e4874f81f533420a72eeb0bd6a4',
}

/** Writes the stand-in as a program into a folder, and gives its path. */
export async function standInHorcrux(folder: string, { version = 'v3.3.2', first = ':', fault }: Straying = {}): Promise<string> {
  const path = join(folder, 'horcrux')
  const self = fileURLToPath(import.meta.url)
  const answer = `echo '{ "version": "${version}", "commit": "" }' >&2; exit`
  const lines = ['#!/bin/sh', 'echo "no config exists at default location"', `[ "$1" = version ] && { ${answer}; }`, first]
  await writeFile(path, [...lines, `exec '${process.execPath}' '${self}' '${fault ?? ''}' "$@"`, ''].join('\n'))
  await chmod(path, 0o755)
  return path
}

const ORDER = (1n << 252n) + 27742317777372353535851937790883648493n

function split(words: readonly string[], fault: string): void {
  const value = (flag: string) => words[words.indexOf(flag) + 1] ?? ''
  const [count, out] = [Number(value('--shards')), value('--out')]
  const ids = Array.from({ length: count }, (_, i) => i + 1)
  const write = (id: number, name: string, content: unknown) => {
    mkdirSync(join(out, `cosigner_${id}`), { recursive: true, mode: 0o700 })
    writeFileSync(join(out, `cosigner_${id}`, name), JSON.stringify(content), { mode: 0o600 })
  }
  if (words[0] === 'create-ecies-shards') {
    const loses = fault === 'lost zero' || (fault === 'lost zero once' && !existsSync(join(out, 'cosigner_1')))
    const pairs = ids.map((id) => (loses && id === 2 ? lostZero() : eciesPair()))
    const eciesPubs = pairs.map((pair) => pair.public)
    for (const [i, id] of ids.entries()) write(id, 'ecies_keys.json', { eciesKey: pairs[i]?.private, eciesPubs, id })
    return
  }
  const key = JSON.parse(readFileSync(value('--key-file'), 'utf8'))
  const bytes = Buffer.from(key.priv_key.value, 'base64')
  const publicKey = fault === 'other key' ? randomBytes(32) : bytes.subarray(32)
  const degree = Number(value('--threshold')) - (fault === 'too few' ? 2 : 1)
  const terms = [scalarOf(bytes.subarray(0, 32)), ...Array.from({ length: degree }, () => numberOf(randomBytes(32)))]
  for (const id of ids) {
    const share = terms.reduce((sum, term, power) => (sum + term * BigInt(id) ** BigInt(power)) % ORDER, 0n)
    const pubKey = Buffer.concat([Buffer.from('0a20', 'hex'), publicKey]).toString('base64')
    const place = fault === 'swapped' ? count + 1 - id : id
    write(place, `${value('--chain-id')}_shard.json`, { pubKey, privateShard: bytesOf(share).toString('base64'), id })
  }
}

interface Pair {
  readonly private: string
  readonly public: string
}

/** As right as they ever are. */
function eciesPair(): Pair {
  const pair = createECDH('secp256k1')
  pair.generateKeys()
  return { private: pair.getPrivateKey('base64'), public: pair.getPublicKey('base64') }
}

function lostZero(): Pair {
  const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64')
  return { private: base64(LOST_ZERO.private), public: base64(LOST_ZERO.written) }
}

function numberOf(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`) % ORDER
}

function bytesOf(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse()
}

const [, script, fault = '', ...words] = process.argv
if (script === fileURLToPath(import.meta.url)) {
  if (fault === 'fails') {
    process.stderr.write('Error: no space left on device\nUsage:\n  horcrux create-ed25519-shards [flags]\n')
    process.exit(1)
  }
  split(words, fault)
}
