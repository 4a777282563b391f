import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { reject } from '../core/diagnostic.ts'
import { OFFLINE_FOLDER } from '../secrets/custody.ts'
import { replaceFile } from '../secrets/replace_file.ts'

interface Keeping {
  /** The folder of the project. */
  readonly root: string
  readonly name: string
  /** The whole key, sealed. */
  readonly text: string
}

/** A whole key that was written where it waits for being taken offline. */
export interface Kept {
  readonly path: string
  /** For shards that come to nothing: a key without them would only mislead. */
  readonly remove: () => Promise<void>
}

/** Writes the sealed whole key. Rejects what keeps it from being written, and leaves nothing of it then. */
export async function keepOffline({ root, name, text }: Keeping): Promise<Kept> {
  const folder = join(root, OFFLINE_FOLDER)
  const path = join(folder, name)
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await replaceFile(join(folder, '.gitignore'), '*\n')
    await replaceFile(path, text)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    reject({
      code: 'keys-place',
      message: `cannot write \`${path}\`: the system says ${code}`,
      help: 'make room and check who may write there, then run again; nothing was written',
    })
  }
  return { path, remove: () => rm(path, { force: true }) }
}
