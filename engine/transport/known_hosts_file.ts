import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type KnownHost, keyType, type Place, parseKnownHosts, recordedName } from './known_hosts.ts'

/** Every record of these files; one that does not exist holds none. */
export async function readKnownHosts(files: readonly string[]): Promise<readonly KnownHost[]> {
  const lists = await Promise.all(files.map(readOne))
  return lists.flat()
}

/** Adds one key at the end of the file in a single write, so that two runs cannot mix their lines. */
export async function recordHostKey(file: string, place: Place, key: Buffer): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const handle = await open(file, 'a+', 0o600)
  try {
    const { size } = await handle.stat()
    const last = size > 0 ? await handle.read(Buffer.alloc(1), 0, 1, size - 1) : undefined
    const gap = last && last.buffer[0] !== NEWLINE ? '\n' : ''
    await handle.appendFile(`${gap}${recordedName(place)} ${keyType(key)} ${key.toString('base64')}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const NEWLINE = 10

async function readOne(file: string): Promise<readonly KnownHost[]> {
  try {
    return parseKnownHosts(await readFile(file, 'utf8'), file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
