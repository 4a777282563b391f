import { open as openFile, mkdtemp, readFile, readdir, rm, stat, statfs } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { type Rejected, reject } from '../core/diagnostic.ts'
import { Secret } from '../core/secret.ts'
import { quote } from '../core/script.ts'
import { isSealed } from '../source/sealed.ts'
import type { Keyring } from './keyring.ts'
import { open } from './open.ts'
import { replaceFile } from './replace_file.ts'
import { requireUsable, seal } from './seal.ts'
import { varsProblem } from './sealed_document.ts'

export interface Editing {
  readonly keyring: Keyring
  /** Opens the person's editor on a file and resolves when it has ended. */
  readonly editor: (path: string) => Promise<void>
  /** Says what is wrong with the edited text, and whether to open the editor again; if not, the edit is lost. */
  readonly again: (problem: Rejected) => Promise<boolean>
  /** A folder in memory; the kernel's own by default. */
  readonly memory?: string
}

/**
 * Lets a person edit a sealed file, a new one included, and seals the result to the present recipients. While the editor is
 * open the text stands in a folder in memory that only its owner can enter; it is wiped afterwards. Refuses where the
 * machine has no such folder. Tells whether the file was replaced.
 */
export async function edit(file: string, editing: Editing): Promise<'sealed' | 'unchanged' | 'abandoned'> {
  const before = await view(file, editing.keyring)
  const recipients = await editing.keyring.recipients()
  // Found before the person has typed anything, not after.
  await requireUsable(recipients)
  const after = await inMemory(editing.memory ?? '/dev/shm', (folder) => editIn(join(folder, basename(file)), { file, before, editing }))
  if (after === undefined) return 'abandoned'
  if (after.reveal() === before.reveal()) return 'unchanged'
  await replaceFile(file, await seal(after, recipients))
  return 'sealed'
}

/** What a sealed file holds; nothing if there is no such file yet. */
export async function view(file: string, keyring: Keyring): Promise<Secret> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return new Secret(file, '')
  if (!isSealed(text)) {
    reject({
      code: 'not-sealed-file',
      message: `\`${file}\` is not sealed as a whole`,
      help: `seal it with \`holdfast secrets seal ${quote(file)}\`; to change a \`!secret\` value within a document, seal the new value`,
    })
  }
  return await open({ armored: text, name: file, origin: { file, line: 1, column: 1 } }, keyring)
}

interface Session {
  readonly file: string
  readonly before: Secret
  readonly editing: Editing
}

async function editIn(path: string, { file, before, editing }: Session): Promise<Secret | undefined> {
  await write(path, before.reveal())
  while (true) {
    await editing.editor(path)
    const after = new Secret(file, await readFile(path, 'utf8'))
    const problem = varsProblem(after, relative(editing.keyring.project, file))
    if (problem === undefined) return after
    if (!(await editing.again(problem))) return undefined
  }
}

async function inMemory<T>(memory: string, use: (folder: string) => Promise<T>): Promise<T> {
  const isMemory = await statfs(memory).then(
    ({ type }) => IN_MEMORY.includes(type),
    () => false,
  )
  if (!isMemory) {
    reject({
      code: 'no-memory-folder',
      message: `an editor needs a file, and \`${memory}\` is no file system in memory where a secret could stand`,
      help: 'edit the file on a machine that has one, or change the value with `holdfast secrets seal`',
    })
  }
  const folder = await mkdtemp(join(memory, 'holdfast-'))
  try {
    return await use(folder)
  } finally {
    await wipe(folder)
  }
}

/** The magic numbers of tmpfs and ramfs. */
const IN_MEMORY = [0x01021994, 0x858458f6]

async function write(path: string, text: string): Promise<void> {
  const file = await openFile(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
  } finally {
    await file.close()
  }
}

/** Overwrites whatever the editor left, backups too, and removes it. */
async function wipe(folder: string): Promise<void> {
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name)
    const found = await stat(path)
    if (!found.isFile()) continue
    const file = await openFile(path, 'r+')
    try {
      await file.writeFile(Buffer.alloc(found.size))
    } finally {
      await file.close()
    }
  }
  await rm(folder, { recursive: true, force: true })
}
