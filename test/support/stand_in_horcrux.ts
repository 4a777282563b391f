/**
 * A program that answers as Horcrux does where a key is split: the same words, files, modes and output, and shards by the same scheme.
 * Its ECIES keys are random bytes. Whether the real program does the same is what `ceremony.chain.ts` asks.
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { scalarOf } from '../../engine/ceremony/ed25519.ts'

/** How it strays from what it should do. */
export interface Straying {
  readonly version?: string
  /** Shell code that runs before each command but `version`. */
  readonly first?: string
  readonly fault?: 'other key' | 'too few' | 'swapped' | 'fails'
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
    const eciesPubs = ids.map(() => Buffer.concat([Buffer.of(4), randomBytes(64)]).toString('base64'))
    for (const id of ids) write(id, 'ecies_keys.json', { eciesKey: randomBytes(32).toString('base64'), eciesPubs, id })
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

function numberOf(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex')}`) % ORDER
}

function bytesOf(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse()
}

const [, script, fault = '', ...words] = process.argv
if (script === fileURLToPath(import.meta.url)) {
  if (fault === 'fails') {
    process.stderr.write('Error: no space left on device\n')
    process.exit(1)
  }
  split(words, fault)
}
