import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** Where programs that took long to build are kept; what is in it may be removed at any time. */
export const CACHE = '/var/cache/holdfast/programs'

interface Making {
  readonly name: string
  /** Told that it has to be built. */
  readonly say: () => void
  /** Puts the program, by its name, into an empty folder. */
  readonly make: (folder: string) => Promise<void>
}

/** The digest of the program in a folder of the cache, which is built there first unless it is still what a build made. */
export async function cached(folder: string, { name, say, make }: Making): Promise<string> {
  const kept = await digestOf(folder, name)
  if (kept === undefined) {
    say()
    await fill(folder, { name, make })
  }
  await link(name, folder)
  return kept ?? (await read(join(folder, 'sha256')))
}

async function digestOf(folder: string, name: string): Promise<string | undefined> {
  const promised = await read(join(folder, 'sha256')).catch(() => undefined)
  if (promised === undefined) return undefined
  const found = await sha256(join(folder, name)).catch(() => undefined)
  return found === promised ? found : undefined
}

async function fill(folder: string, { name, make }: Pick<Making, 'name' | 'make'>): Promise<void> {
  await mkdir(CACHE, { recursive: true })
  const draft = await mkdtemp(join(CACHE, '.building-'))
  try {
    await make(draft)
    await writeFile(join(draft, 'sha256'), await sha256(join(draft, name)))
    await chmod(draft, 0o755)
    await rm(folder, { recursive: true, force: true })
    await rename(draft, folder)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** In one step: another process may be reading the link. */
async function link(name: string, folder: string): Promise<void> {
  const draft = await mkdtemp(join(CACHE, '.linking-'))
  try {
    await symlink(join(basename(folder), name), join(draft, name))
    await rename(join(draft, name), join(CACHE, name))
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

function read(path: string): Promise<string> {
  return readFile(path, 'utf8')
}
