import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { reject } from '../core/diagnostic.ts'
import { replaceFile } from '../secrets/replace_file.ts'

/** A file of an inventory, by its path in the inventory's folder. Only for what is sealed. */
export interface Writing {
  readonly file: string
  readonly text: string
}

/**
 * Writes all of the files or none. First one record of all of them is made, in one step; from then on they count as written, and
 * whoever comes next finishes what a crash interrupted. Refuses to begin while another call writes.
 */
export async function writeTogether(folder: string, writings: readonly Writing[]): Promise<void> {
  for (const { file } of writings) await mkdir(dirname(join(folder, file)), { recursive: true })
  await record(folder, JSON.stringify(writings))
  await finishWriting(folder)
}

/** Finishes what an interrupted call had begun to write into this folder, and tells which files that were. */
export async function finishWriting(folder: string): Promise<readonly string[]> {
  const path = join(folder, RECORD)
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return []
  const writings: readonly Writing[] = JSON.parse(text)
  for (const { file, text: content } of writings) {
    await mkdir(dirname(join(folder, file)), { recursive: true })
    await replaceFile(join(folder, file), content)
  }
  await rm(path)
  return writings.map(({ file }) => file)
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
    await link(draft, join(folder, RECORD)).catch(() => rejectBusy(folder))
    await sync(dirname(draft))
  } finally {
    await rm(draft, { force: true })
  }
}

function rejectBusy(folder: string): never {
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
