import { createHash } from 'node:crypto'
import { type Diagnostic, Rejected, reject } from '../core/diagnostic.ts'

/** What a backup holds: the sealed shards of one making, and what they must be when they come back. */
export interface Manifest {
  readonly format: 1
  readonly chain_id: string
  readonly public_key: string
  readonly generation: string
  readonly made: string
  readonly files: readonly { readonly host: string; readonly file: string; readonly sha256: string }[]
}

/** The name of its manifest in the folder of a backup. */
export const MANIFEST = 'manifest.json'

/** The manifest in a text. Refuses one that is none, or that names a file which is not that of its host. */
export function readManifest(text: string, folder: string): Manifest {
  const content = parsed(text)
  const { format, chain_id, public_key, generation, files } = content
  const isWhole = [chain_id, public_key, generation].every((value) => typeof value === 'string') && Array.isArray(files)
  if (format !== 1 || !isWhole || !files.every(isEntry)) {
    reject({
      code: 'keys-backup',
      message: `\`${folder}\` holds no backup of shards`,
      help: 'name the folder that `holdfast keys backup --to` wrote, with its `manifest.json`',
    })
  }
  const problems = twice(files.map(({ host }) => host))
  if (problems.length > 0) throw new Rejected(problems)
  return content as unknown as Manifest
}

/** The file of a host in a backup. */
export function entryOf(host: string): string {
  return `${host}.signer.yml`
}

/** What a manifest says of a text. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Words about a backup that cannot be used. */
export function damaged(message: string): Diagnostic {
  return { code: 'keys-backup', message, help: 'take another copy of the backup; nothing was written' }
}

/** What stands twice among the hosts or numbers of shards. */
export function twice(items: readonly (string | number)[]): readonly Diagnostic[] {
  const repeated = new Set(items.filter((item, i) => items.indexOf(item) !== i))
  return [...repeated].map((item) =>
    damaged(`the backup has two shards ${typeof item === 'number' ? 'with the number' : 'for'} \`${item}\``),
  )
}

/** A host and the one file that can be its: no path that leads elsewhere. */
function isEntry(entry: unknown): boolean {
  const { host, file, sha256 } = Object(entry)
  return typeof host === 'string' && /^[^\s/\p{C}]+$/u.test(host) && file === entryOf(host) && typeof sha256 === 'string'
}

function parsed(text: string): { readonly [name: string]: unknown } {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
