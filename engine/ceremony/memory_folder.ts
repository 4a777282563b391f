import { randomBytes } from 'node:crypto'
import { closeSync, lstatSync, mkdirSync, openSync, readdirSync, readlinkSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { reject } from '../core/diagnostic.ts'

/** A folder that exists in memory only, and that only its owner can enter. */
export interface MemoryFolder {
  readonly path: string
  /** Overwrites and removes everything in it, and the folder; at once, so that it can be done while the process ends. Doing it twice is fine. */
  readonly wipe: () => void
}

/** Makes such a folder. Refuses where there is no file system in memory. What an earlier call left that was killed is wiped first. */
export function openMemoryFolder(memory = '/dev/shm'): MemoryFolder {
  requireMemory(memory)
  wipeLeftOver(memory)
  const path = join(memory, `${PREFIX}${ownProcess()}-${randomBytes(6).toString('hex')}`)
  mkdirSync(path, { mode: 0o700 })
  return { path, wipe: () => wipe(path) }
}

const PREFIX = 'holdfast-keys-'

/** The magic numbers of tmpfs and ramfs. */
const IN_MEMORY = [0x01021994, 0x858458f6]

function requireMemory(memory: string): void {
  if (isMemory(memory)) return
  reject({
    code: 'no-memory-folder',
    message: `Horcrux needs the key as a file, and \`${memory}\` is no file system in memory where it could stand`,
    help: 'use a machine that has one: `mount -t tmpfs tmpfs /dev/shm`',
  })
}

function isMemory(path: string): boolean {
  try {
    return IN_MEMORY.includes(statfsSync(path).type)
  } catch {
    return false
  }
}

/** Of this machine and this process, as the kernel numbers it. */
function ownProcess(): string {
  return readlinkSync('/proc/self')
}

/** A process that was killed outright could not wipe. */
function wipeLeftOver(memory: string): void {
  const alive = new Set(readdirSync('/proc'))
  const owner = lstatSync('/proc/self').uid
  for (const name of readdirSync(memory)) {
    const [, pid] = /^holdfast-keys-(\d+)-[0-9a-f]+$/.exec(name) ?? []
    const path = join(memory, name)
    if (pid !== undefined && !alive.has(pid) && lstatSync(path).uid === owner) wipe(path)
  }
}

function wipe(path: string): void {
  for (const file of filesBelow(path)) overwrite(file)
  rmSync(path, { recursive: true, force: true })
}

function filesBelow(path: string): readonly string[] {
  try {
    const entries = readdirSync(path, { recursive: true, withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  } catch {
    return []
  }
}

function overwrite(path: string): void {
  const file = openSync(path, 'r+')
  try {
    writeSync(file, Buffer.alloc(lstatSync(path).size))
  } finally {
    closeSync(file)
  }
}
