import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { changed, failed, ok } from '../converge/results.ts'
import type { Outcome } from '../core/module.ts'
import type { Result } from '../core/result.ts'

export type Save = NonNullable<Outcome['save']>

/** Where a fetched file goes: the host's name is the inventory's and the rest the operator's, so no host can choose a place. */
export function savePath({ path, perHost }: Save, { host, folder }: { readonly host: string; readonly folder: string }): string {
  const base = isAbsolute(path) ? path : join(folder, path)
  return perHost === undefined ? base : join(base, host, perHost)
}

/** Writes what a host sent to the controller's disk; changed only if it is not what is there already. In check mode it only says so. */
export async function saveFetched(
  result: Result,
  save: Save,
  { path, check }: { readonly path: string; readonly check: boolean },
): Promise<Result> {
  const bytes = Buffer.from(save.base64, 'base64')
  const found = await stat(path).catch(() => undefined)
  // What is no file may never end, and is not to be replaced by one.
  if (found && !found.isFile() && !found.isDirectory()) return failed(`on this machine: \`${path}\` is a pipe or a device`)
  const before = await readFile(path).catch(() => undefined)
  const values = Object.fromEntries(
    Object.entries({ ...result.registered, dest: path }).filter(([key]) => key !== 'changed' && key !== 'failed'),
  )
  if (before?.equals(bytes)) return ok(values)
  if (!check) await writeWhole(path, bytes)
  return changed([{ what: path }], values)
}

async function writeWhole(path: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${randomBytes(4).toString('hex')}`
  try {
    await writeFile(temporary, bytes, { mode: 0o600 })
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
