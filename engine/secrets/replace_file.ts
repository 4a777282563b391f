import { randomBytes } from 'node:crypto'
import { open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Replaces the content of a file in one step and keeps its mode. Only for what is sealed: it passes through a second file beside it. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const beside = `${path}.${randomBytes(6).toString('hex')}`
  const mode = await stat(path).then(
    (found) => found.mode & 0o777,
    () => 0o644,
  )
  try {
    await writeSynced(beside, { text, mode })
    await rename(beside, path)
    await sync(dirname(path))
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}

async function writeSynced(path: string, { text, mode }: { readonly text: string; readonly mode: number }): Promise<void> {
  const file = await open(path, 'wx', mode)
  try {
    await file.writeFile(text)
    await file.chmod(mode)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
