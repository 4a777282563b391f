import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Diagnostic, Rejected, reject } from '../core/diagnostic.ts'
import type { Member } from '../fleet/model.ts'
import { replaceFile } from '../secrets/replace_file.ts'
import type { Held } from './shelf.ts'
import { signerFile } from './signer_file.ts'
import type { Writing } from './write_together.ts'

/** What a backup holds: the sealed shards of one making, and what they must be when they come back. */
export interface Manifest {
  readonly format: 1
  readonly chain_id: string
  readonly public_key: string
  readonly generation: string
  readonly made: string
  readonly files: readonly { readonly host: string; readonly file: string; readonly sha256: string }[]
}

/** Writes the sealed shards and their manifest into a folder that does not exist yet. State of signing is never in it. */
export async function writeBundle(folder: string, held: readonly [Held, ...Held[]]): Promise<Manifest> {
  const [first] = held
  const parts = await Promise.all(
    held.map(async ({ member, path }) => ({ host: member.name, file: `${member.name}.signer.yml`, text: await readFile(path, 'utf8') })),
  )
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'EEXIST' ? 'it exists' : `the system says ${error.code}`
    reject({ code: 'keys-backup', message: `cannot make the folder \`${folder}\`: ${why}`, help: 'name a folder that does not exist yet' })
  })
  for (const { file, text } of parts) await replaceFile(join(folder, file), text)
  const manifest: Manifest = {
    format: 1,
    chain_id: first.file.generation.chain_id,
    public_key: first.file.publicKey,
    generation: first.file.generation.id,
    made: new Date().toISOString(),
    files: parts.map(({ host, file, text }) => ({ host, file, sha256: digest(text) })),
  }
  // Last: a folder without it is no backup.
  await replaceFile(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`)
  return manifest
}

/** The manifest of a backup and its files, each with the digest it had. */
export async function readBundle(folder: string): Promise<{ readonly manifest: Manifest; readonly texts: ReadonlyMap<string, string> }> {
  const manifest = readManifest(await readFile(join(folder, MANIFEST), 'utf8').catch(() => ''), folder)
  const texts = new Map<string, string>()
  const problems: Diagnostic[] = []
  for (const { host, file, sha256 } of manifest.files) {
    const text = file.includes('/') ? undefined : await readFile(join(folder, file), 'utf8').catch(() => undefined)
    if (text === undefined) problems.push(damaged(`\`${file}\` is not in the backup`))
    else if (digest(text) !== sha256) problems.push(damaged(`\`${file}\` is not what it was when the backup was made`))
    else texts.set(host, text)
  }
  if (problems.length > 0) throw new Rejected(problems)
  return { manifest, texts }
}

interface Restoring {
  readonly cosigners: readonly Member[]
  readonly held: readonly Held[]
  readonly chainId: string
}

/** The files that a backup brings back, for hosts that lack them. Refuses a host that is none, and shards that do not go with those that are there. */
export function restored(
  { manifest, texts }: Awaited<ReturnType<typeof readBundle>>,
  { cosigners, held, chainId }: Restoring,
): readonly Writing[] {
  const problems: Diagnostic[] = []
  if (manifest.chain_id !== chainId) problems.push(damaged(`the backup is for the chain ${manifest.chain_id}, and this is ${chainId}`))
  for (const { member, file } of held) {
    if (file.generation.id === manifest.generation) continue
    problems.push({
      code: 'keys-mixed',
      message: `\`${member.name}\` has a shard of ${file.generation.id}, and the backup is of ${manifest.generation}`,
      origin: file.shard.origin,
      detail: 'shards of two makings never sign together',
      help: 'use the backup of that making; to go back to this one everywhere, remove `signer.yml` of all cosigners first',
    })
  }
  for (const host of texts.keys()) {
    if (!cosigners.some(({ name }) => name === host))
      problems.push(damaged(`the backup has a shard for \`${host}\`, which is no cosigner here`))
  }
  if (problems.length > 0) throw new Rejected(problems)
  const lacking = cosigners.filter(({ name }) => !held.some(({ member }) => member.name === name))
  return lacking.flatMap(({ name }) => {
    const text = texts.get(name)
    return text === undefined ? [] : [{ file: signerFile('', name), text }]
  })
}

const MANIFEST = 'manifest.json'

function readManifest(text: string, folder: string): Manifest {
  const content = parsed(text)
  const { format, chain_id, public_key, generation, files } = content
  const isWhole = [chain_id, public_key, generation].every((value) => typeof value === 'string') && Array.isArray(files)
  if (format === 1 && isWhole) return content as unknown as Manifest
  return reject({
    code: 'keys-backup',
    message: `\`${folder}\` holds no backup of shards`,
    help: 'name the folder that `holdfast keys backup --to` wrote, with its `manifest.json`',
  })
}

function parsed(text: string): { readonly [name: string]: unknown } {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}

function damaged(message: string): Diagnostic {
  return { code: 'keys-backup', message, help: 'take another copy of the backup; nothing was written' }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
