import { join } from 'node:path'
import { attempt, type Diagnostic, Rejected, reject } from '../core/diagnostic.ts'
import { sealedTo } from '../secrets/open.ts'
import { lookAt, readText } from '../source/read.ts'
import { damaged, digest, MANIFEST, type Manifest, readManifest, twice } from './manifest.ts'
import { isSignState } from './sign_state.ts'
import { type ReadSignerFile, readSignerFile, signerText } from './signer_file.ts'

/** A backup as it was read: what its manifest says, and by host the file that goes back. */
export interface Bundle {
  readonly manifest: Manifest
  readonly files: ReadonlyMap<string, ReadSignerFile>
}

/** The manifest of a backup and its files, each as it was when the backup was made, and each what the manifest says. */
export async function readBundle(folder: string): Promise<Bundle> {
  const manifest = readManifest(textAt(join(folder, MANIFEST)) ?? '', folder)
  const problems: Diagnostic[] = []
  const files = new Map<string, ReadSignerFile>()
  for (const entry of manifest.files) {
    const shard = attempt(problems, () => readEntry(folder, { entry, manifest }))
    if (shard) files.set(entry.host, shard)
  }
  problems.push(...twice([...files.values()].map(({ generation }) => generation.shard_id)))
  if (problems.length > 0) throw new Rejected(problems)
  // Each has to be a message that somebody can open.
  for (const { shard, ecies } of files.values()) await Promise.all([sealedTo(shard), sealedTo(ecies)])
  return { manifest, files }
}

interface Entry {
  readonly entry: Manifest['files'][number]
  readonly manifest: Manifest
}

function readEntry(folder: string, { entry: { file, sha256 }, manifest }: Entry): ReadSignerFile {
  const path = join(folder, file)
  const text = textAt(path)
  if (text === undefined) return reject(damaged(`\`${file}\` is not in the backup`))
  if (digest(text) !== sha256) return reject(damaged(`\`${file}\` is not what it was when the backup was made`))
  const shard = readSignerFile(path)
  const wrong = shard ? misfit(shard, manifest) : 'holds no shard'
  return shard && wrong === undefined ? shard : reject(damaged(`\`${file}\` ${wrong}`))
}

/** In a few words how a file differs from what `keys backup` writes: whoever changes it can change its digest, too. */
function misfit(shard: ReadSignerFile, manifest: Manifest): string | undefined {
  const { publicKey, generation, state } = shard
  if (publicKey !== manifest.public_key) return 'is of another key than its manifest says'
  if (generation.id !== manifest.generation || generation.chain_id !== manifest.chain_id)
    return 'is of another making than its manifest says'
  // Variables of a host that came this way would be obeyed.
  const own = signerText({ ...shard, shard: shard.shard.armored, ecies: shard.ecies.armored })
  return own === shard.source && (state === undefined || isSignState(state)) ? undefined : 'holds something else besides a shard'
}

function textAt(path: string): string | undefined {
  return lookAt(path)?.isFile() ? readText(path) : undefined
}
