import { createHash } from 'node:crypto'
import { lstat, mkdtemp, readFile, readdir, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Runs the body with a new folder whose own name is as unpleasant as names get, and removes it. */
export async function withScratch(body: (root: string) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), "holdfast 'x' $(id)\n*-"))
  try {
    await body(root)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

/** A line for everything below the folder: kind, mode, owner, time and content. Equal lines mean an untouched tree. */
export async function treeOf(root: string): Promise<string> {
  const names = (await readdir(root, { recursive: true })).sort()
  const lines = await Promise.all(['', ...names].map(async (name) => `${JSON.stringify(name)} ${await lineOf(join(root, name))}`))
  return lines.join('\n')
}

async function lineOf(path: string): Promise<string> {
  const { mode, uid, gid, mtimeMs, ino } = await lstat(path)
  const kind = mode & 0o170000
  const content =
    kind === 0o100000
      ? createHash('sha256')
          .update(await readFile(path))
          .digest('hex')
      : kind === 0o120000
        ? await readlink(path)
        : ''
  return `${mode.toString(8)} ${uid}:${gid} ${ino} ${mtimeMs} ${content}`
}
