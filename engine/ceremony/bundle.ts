import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Diagnostic, Rejected, reject } from '../core/diagnostic.ts'
import type { Member } from '../fleet/model.ts'
import { replaceFile } from '../secrets/replace_file.ts'
import { damaged, digest, entryOf, MANIFEST, type Manifest } from './manifest.ts'
import type { Bundle } from './read_bundle.ts'
import type { Held } from './shelf.ts'
import { type ReadSignerFile, signerFile } from './signer_file.ts'
import type { Writing } from './write_together.ts'

/** Writes the sealed shards and their manifest into a folder that does not exist yet. State of signing is never in it. */
export async function writeBundle(folder: string, held: readonly [Held, ...Held[]]): Promise<Manifest> {
  const [first] = held
  const parts = await Promise.all(
    held.map(async ({ member, path }) => ({ host: member.name, file: entryOf(member.name), text: await readFile(path, 'utf8') })),
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

interface Restoring {
  readonly cosigners: readonly Member[]
  readonly held: readonly Held[]
  readonly chainId: string
}

/** The files that a backup brings back, for hosts that lack them. Refuses a host that is none, and shards that do not go with those that are there. */
export function restored({ manifest, files }: Bundle, { cosigners, held, chainId }: Restoring): readonly Writing[] {
  const problems: Diagnostic[] = []
  if (manifest.chain_id !== chainId) problems.push(damaged(`the backup is for the chain ${manifest.chain_id}, and this is ${chainId}`))
  for (const { member, file } of held) {
    if (file.generation.id === manifest.generation && file.publicKey === manifest.public_key) continue
    problems.push({
      code: 'keys-mixed',
      message: `\`${member.name}\` has a shard of ${file.generation.id}, and the backup is of ${manifest.generation}`,
      origin: file.shard.origin,
      detail: 'shards of two makings never sign together',
      help: 'use the backup of that making; to go back to this one everywhere, remove `signer.yml` of all cosigners first',
    })
  }
  problems.push(...[...files].flatMap(([host, file]) => misplaced(host, { file, cosigners }) ?? []))
  if (problems.length > 0) throw new Rejected(problems)
  const lacking = cosigners.filter(({ name }) => !held.some(({ member }) => member.name === name))
  return lacking.flatMap(({ name }) => {
    const file = files.get(name)
    return file === undefined ? [] : [{ file: signerFile('', name), text: file.source }]
  })
}

interface Placing {
  readonly file: ReadSignerFile
  readonly cosigners: readonly Member[]
}

function misplaced(host: string, { file: { generation }, cosigners }: Placing): Diagnostic | undefined {
  const member = cosigners.find(({ name }) => name === host)
  if (!member) return damaged(`the backup has a shard for \`${host}\`, which is no cosigner here`)
  const [own, given] = [member.shardId?.value, generation.shard_id]
  return own === given ? undefined : damaged(`the backup has the shard ${given} for \`${host}\`, whose \`shard_id\` is ${own}`)
}
