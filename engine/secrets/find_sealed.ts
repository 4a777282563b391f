import { lstat, open, readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { isSealed } from '../source/sealed.ts'
import type { Sealed } from './open.ts'

/** The files of a project that hold a sealed message, relative to it and sorted. Links are not followed. */
export async function findSealed(project: string): Promise<readonly string[]> {
  const found: string[] = []
  await search(project, async (path) => {
    const { size } = await lstat(path)
    if (size > LARGEST_BYTES) return
    if (isSealed(await beginningOf(path)) || (DOCUMENT.test(path) && SEALED.test(await readFile(path, 'utf8'))))
      found.push(relative(project, path))
  })
  return found.sort()
}

/** One message of each of those files. */
export async function* sealedSamples(project: string): AsyncGenerator<Sealed> {
  for (const file of await findSealed(project)) {
    const [block, indent = ''] = SEALED.exec(await readFile(join(project, file), 'utf8')) ?? []
    if (block !== undefined) yield { armored: withoutIndent(block, indent), name: file, origin: { file, line: 1, column: 1 } }
  }
}

/** The file at a path, or those in the folder there, as far as they are sealed as a whole. */
export async function* sealedFilesAt(path: string): AsyncGenerator<Sealed> {
  const isFolder = (await stat(path)).isDirectory()
  const entries = isFolder ? await readdir(path, { recursive: true, withFileTypes: true }) : []
  const files = isFolder ? entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)) : [path]
  for (const file of files) {
    // What cannot be read is told by the task that needs it.
    if (isSealed(await beginningOf(file).catch(() => '')))
      yield { armored: await readFile(file, 'latin1'), name: file, origin: { file, line: 1, column: 1 } }
  }
}

/** Enough of a file to see whether it is sealed: most are not, and some are large. */
export async function beginningOf(path: string): Promise<string> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64))
    return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await file.close()
  }
}

/** A message as it was before it was put into a document. */
export function withoutIndent(block: string, indent: string): string {
  return block
    .split('\n')
    .map((line) => line.slice(indent.length))
    .join('\n')
}

const LARGEST_BYTES = 16 * 1024 * 1024

async function search(folder: string, visit: (path: string) => Promise<void>): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules') await search(path, visit)
    if (entry.isFile()) await visit(path)
  }
}

/** Where values may be sealed one by one. Guides and code that merely show a message are not the project's secrets. */
const DOCUMENT = /\.(ya?ml|json)$|(^|\/)(group_vars|host_vars)\/[^.]+$/

/** One message with the white space it is indented by; the same for a whole file and for a value within one. */
export const SEALED = /^([ \t]*)-----BEGIN PGP MESSAGE-----[\s\S]*?^\1-----END PGP MESSAGE-----/m
