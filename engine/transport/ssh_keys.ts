import { readFile, stat } from 'node:fs/promises'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import ssh2, { type ParsedKey } from 'ssh2'
import { quote } from '../core/script.ts'
import type { Secret } from '../core/secret.ts'
import { TransportError } from './host.ts'
import { text } from './problem.ts'

/** A key that can answer a host's challenge, from a file or an agent. */
export interface Identity {
  /** As a message names it: `/home/ana/.ssh/id_ed25519`, `agent key ana@laptop`. */
  readonly label: string
  readonly key: ParsedKey
  /** Signs without asking anyone, so the signature may be sent before the host said that it wants it. */
  readonly ready: boolean
  sign(data: Buffer, hash: string | undefined): Promise<Buffer>
}

export type AskPassphrase = (keyFile: string) => Promise<Secret | undefined>

/** Key files, each read and unlocked once in a run. */
export interface KeyFiles {
  /** The identity in a file. Rejects with a `TransportError` that says why it cannot be used. */
  load(file: string, ask: AskPassphrase | undefined): Promise<Identity>
}

export function createKeyFiles(): KeyFiles {
  const loaded = new Map<string, Promise<Identity>>()
  return {
    load(file, ask) {
      const identity = loaded.get(file) ?? loadKey(file, ask)
      loaded.set(file, identity)
      return identity
    },
  }
}

/** The files OpenSSH tries when none is named, in its order. */
export function usualKeyFiles(home: string): readonly string[] {
  return ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => join(home, '.ssh', name))
}

/** `~/x` below the operator's home. */
export function expandHome(path: string, home: string): string {
  return path === '~' || path.startsWith('~/') ? join(home || homedir(), path.slice(1)) : path
}

/** The public half of a private key in OpenSSH's own format, readable even while the key is locked. */
export function publicHalf(pem: string): Buffer | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(pem)?.[1]
  if (!body) return undefined
  const bytes = Buffer.from(body, 'base64')
  let at = MAGIC.length
  if (bytes.subarray(0, at).toString('latin1') !== MAGIC) return undefined
  const field = () => {
    const length = at + 4 <= bytes.length ? bytes.readUInt32BE(at) : Number.POSITIVE_INFINITY
    const start = at + 4
    at = start + length
    return at <= bytes.length ? bytes.subarray(start, at) : undefined
  }
  for (const _header of ['cipher', 'kdf', 'kdf options']) if (!field()) return undefined
  at += 4
  return field()
}

const MAGIC = 'openssh-key-v1\0'

async function loadKey(file: string, ask: AskPassphrase | undefined): Promise<Identity> {
  const pem = await readKey(file)
  const parsed = ssh2.utils.parseKey(pem)
  if (!(parsed instanceof Error)) return openIdentity(file, parsed)
  if (!/encrypted|passphrase/i.test(parsed.message)) {
    throw new TransportError('authentication', `cannot read the key file \`${file}\`: ${text(parsed)}`, {
      help: 'use a private key in OpenSSH or PEM format, or set `connection: openssh` for kinds of key only OpenSSH has',
    })
  }
  const known = await publicKeyOf(file, pem)
  return known ? lockedIdentity(file, { pem, key: known, ask }) : openIdentity(file, await unlock(file, pem, ask))
}

async function readKey(file: string): Promise<string> {
  const { mode, uid } = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw new TransportError('authentication', `cannot read the key file \`${file}\` (${error.code})`)
  })
  if ((mode & 0o077) !== 0 && uid === userInfo().uid) {
    throw new TransportError('authentication', `the key file \`${file}\` can be read by others`, { help: `run: chmod 600 ${quote(file)}` })
  }
  return readFile(file, 'utf8')
}

function openIdentity(file: string, key: ParsedKey): Identity {
  if (!key.isPrivateKey()) {
    throw new TransportError('authentication', `the key file \`${file}\` holds a public key`, { help: 'name the private key' })
  }
  return { label: file, key, ready: true, sign: async (data, hash) => signWith(key, data, hash) }
}

function lockedIdentity(file: string, { pem, key, ask }: { pem: string; key: ParsedKey; ask: AskPassphrase | undefined }): Identity {
  let opened: Promise<ParsedKey> | undefined
  return {
    label: file,
    key,
    ready: false,
    sign: async (data, hash) => {
      opened ??= unlock(file, pem, ask)
      return signWith(await opened, data, hash)
    },
  }
}

async function unlock(file: string, pem: string, ask: AskPassphrase | undefined): Promise<ParsedKey> {
  const passphrase = await ask?.(file)
  if (!passphrase) {
    throw new TransportError('authentication', `the key file \`${file}\` is locked with a passphrase`, {
      help: `run: ssh-add ${quote(file)}`,
    })
  }
  const key = ssh2.utils.parseKey(pem, passphrase.reveal())
  if (key instanceof Error) throw new TransportError('authentication', `the passphrase does not open the key file \`${file}\``)
  return key
}

async function publicKeyOf(file: string, pem: string): Promise<ParsedKey | undefined> {
  const source = publicHalf(pem) ?? (await readFile(`${file}.pub`).catch(() => undefined))
  const key = source && ssh2.utils.parseKey(source)
  return key instanceof Error ? undefined : key
}

function signWith(key: ParsedKey, data: Buffer, hash: string | undefined): Buffer {
  const signature: Buffer | Error = key.sign(data, hash)
  if (signature instanceof Error) throw new TransportError('authentication', `cannot sign with the key: ${text(signature)}`)
  return signature
}
