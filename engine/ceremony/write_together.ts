import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Rejected, reject } from '../core/diagnostic.ts'
import { replaceFile } from '../secrets/replace_file.ts'
import { lookAt } from '../source/read.ts'

/** A file of an inventory, by its path in the inventory's folder. Only for what is sealed. */
export interface Writing {
  readonly file: string
  readonly text: string
  /** What the file held when this was decided; left out where there was none. Nothing else is ever replaced. */
  readonly before?: string
}

/**
 * Writes all of the files or none. First one record of all of them is made, in one step; from then on they count as written, and
 * whoever comes next finishes what a crash interrupted. Refuses to begin while another call writes, and where one has written since;
 * then what was done for these files elsewhere is undone.
 */
export async function writeTogether(
  folder: string,
  writings: readonly Writing[],
  { undo = async () => {} }: { readonly undo?: () => Promise<void> } = {},
): Promise<void> {
  await begin(folder, { writings, undo })
  await finishWriting(folder)
  await requireWritten(folder, writings)
}

interface Beginning {
  readonly writings: readonly Writing[]
  readonly undo: () => Promise<void>
}

async function begin(folder: string, { writings, undo }: Beginning): Promise<void> {
  const text = JSON.stringify(writings)
  try {
    for (const { file } of writings) await mkdir(dirname(join(folder, file)), { recursive: true })
    await record(folder, text)
  } catch (error) {
    await undo()
    rejectUnwritable(error, { folder, help: NOTHING_WRITTEN })
  }
  try {
    await sync(dirname(join(folder, RECORD)))
  } catch (error) {
    const withdrawn = await withdraw(folder, { text, undo })
    rejectUnwritable(error, { folder, help: withdrawn ? NOTHING_WRITTEN : FINISHED_LATER })
  }
  await requireAsDecided(folder, { writings, text, undo })
}

const NOTHING_WRITTEN = 'make room and check who may write there, then run again; nothing was written'
const FINISHED_LATER = 'make room and check who may write there; any call of `holdfast keys` then finishes what is begun'

/** Finishes what an interrupted call had begun to write into this folder, and tells which files that were. */
export async function finishWriting(folder: string): Promise<readonly string[]> {
  const path = join(folder, RECORD)
  if (!lookAt(path)?.isFile()) return []
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return []
  const writings = recorded(text, path)
  await requireAsDecided(folder, { writings, text })
  try {
    for (const { file, text: content } of writings) {
      await mkdir(dirname(join(folder, file)), { recursive: true })
      await replaceFile(join(folder, file), content)
    }
    if (await isThere(folder, text)) await rm(path, { force: true })
  } catch (error) {
    rejectUnwritable(error, { folder, help: FINISHED_LATER })
  }
  return writings.map(({ file }) => file)
}

interface Recorded {
  readonly writings: readonly Writing[]
  /** The record as it was written. */
  readonly text: string
  readonly undo?: () => Promise<void>
}

/** The record is the only one and keeps others from writing, so what is there now stays there until it is replaced. */
async function requireAsDecided(folder: string, { writings, ...own }: Recorded): Promise<void> {
  const present = await contents(folder, writings)
  if (writings.some(({ text }, i) => present[i] === text)) return
  const changed = writings.filter(({ before }, i) => present[i] !== before)
  if (changed.length === 0) return
  const withdrawn = await withdraw(folder, own)
  throw new Rejected(
    changed.map(({ file }) => ({
      code: 'keys-busy',
      message: `\`${join(folder, file)}\` was written by somebody else in the meantime`,
      help: `${LOOK}${withdrawn ? '; nothing was written by this call' : ''}`,
    })),
  )
}

const LOOK = 'look with `holdfast keys show` at what is there now'

async function contents(folder: string, writings: readonly Writing[]): Promise<readonly (string | undefined)[]> {
  return await Promise.all(writings.map(({ file }) => readFile(join(folder, file), 'utf8').catch(() => undefined)))
}

/** Another call may have finished a record and begun one of its own, or have dropped it. */
async function requireWritten(folder: string, writings: readonly Writing[]): Promise<void> {
  const present = await contents(folder, writings)
  const differing = writings.filter(({ text }, i) => present[i] !== text)
  if (differing.length === 0) return
  throw new Rejected(
    differing.map(({ file }) => ({
      code: 'keys-busy',
      message: `\`${join(folder, file)}\` does not hold what this call has made: another came in between`,
      help: LOOK,
    })),
  )
}

/** Removes a record and undoes what was done for it. Not where it is gone: then another call may have written what it says. */
async function withdraw(folder: string, { text, undo }: Pick<Recorded, 'text' | 'undo'>): Promise<boolean> {
  if (!(await isThere(folder, text))) return false
  try {
    await rm(join(folder, RECORD))
  } catch {
    return false
  }
  await undo?.()
  return true
}

/** Whether the record that stands there is this one, and not that of another call. */
async function isThere(folder: string, text: string): Promise<boolean> {
  return (await readFile(join(folder, RECORD), 'utf8').catch(() => undefined)) === text
}

function recorded(text: string, path: string): readonly Writing[] {
  try {
    const writings: unknown = JSON.parse(text)
    if (Array.isArray(writings) && writings.every(isWriting)) return writings
  } catch {
    // Said below.
  }
  return reject({ code: 'keys-place', message: `\`${path}\` is damaged`, help: 'remove it, then look with `holdfast keys verify`' })
}

function isWriting(value: unknown): boolean {
  const { file, text } = Object(value)
  return typeof file === 'string' && typeof text === 'string' && /^host_vars\/(?!\.\.?\/)[^/]+\/(signer|node)\.yml$/.test(file)
}

function rejectUnwritable(error: unknown, { folder, help }: { readonly folder: string; readonly help: string }): never {
  const { code, syscall, path } = error as NodeJS.ErrnoException
  if (code === undefined || syscall === undefined) throw error
  reject({ code: 'keys-place', message: `cannot write \`${path ?? folder}\`: the system says ${code}`, help })
}

/** Beside the folders of the hosts, under a name that is none of a host. */
const RECORD = 'host_vars/.holdfast-keys.json'

async function record(folder: string, text: string): Promise<void> {
  const draft = join(folder, `${RECORD}.${randomBytes(6).toString('hex')}`)
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    // Unlike a renaming, this fails where another call has written its record.
    await link(draft, join(folder, RECORD)).catch((error) => rejectBusy(folder, error))
  } finally {
    // The record counts, also beside a draft that cannot be removed.
    await rm(draft, { force: true }).catch(() => {})
  }
}

function rejectBusy(folder: string, error: NodeJS.ErrnoException): never {
  if (error.code !== 'EEXIST') throw error
  reject({
    code: 'keys-busy',
    message: `another call of \`holdfast keys\` writes into \`${folder}\``,
    help: 'wait for its end and run again; what was interrupted is finished first',
  })
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
