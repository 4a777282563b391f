import { createHash } from 'node:crypto'
import { lstat, mkdtemp, readFile, readdir, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Runs the body with a new folder whose own name is as unpleasant as names get, and removes it. */
export async function withScratch<T>(body: (root: string) => Promise<T>): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), "holdfast 'x' $(id)\n*-"))
  try {
    return await body(root)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

/**
 * A line for everything below the folder: kind, mode, owner, inode, time and content. Equal lines mean an untouched tree.
 * `folderTimes: false` lets a file come and go meanwhile, as long as nothing of it is left.
 */
export async function treeOf(root: string, { folderTimes = true } = {}): Promise<string> {
  const names = (await readdir(root, { recursive: true })).sort()
  const lines = await Promise.all(
    ['', ...names].map(async (name) => `${JSON.stringify(name)} ${await lineOf(join(root, name), folderTimes)}`),
  )
  return lines.join('\n')
}

async function lineOf(path: string, folderTimes: boolean): Promise<string> {
  const { mode, uid, gid, mtimeMs, ino } = await lstat(path)
  const isFolder = (mode & 0o170000) === 0o040000
  return `${mode.toString(8)} ${uid}:${gid} ${ino} ${folderTimes || !isFolder ? mtimeMs : ''} ${await contentOf(path, mode & 0o170000)}`
}

async function contentOf(path: string, kind: number): Promise<string> {
  if (kind === 0o120000) return await readlink(path)
  if (kind !== 0o100000) return ''
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
}
