import { randomBytes } from 'node:crypto'
import { closeSync, lstatSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync, statfsSync, writeSync } from 'node:fs'
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
  make(path)
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

function make(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    const message = `cannot make the folder \`${path}\`: the system says ${(error as NodeJS.ErrnoException).code}`
    reject({ code: 'no-memory-folder', message, help: 'make room there, and check who may write there' })
  }
}

/** This process by its number and by when it began: numbers are given again. */
function ownProcess(): string {
  const number = readlinkSync('/proc/self')
  return `${number}.${startOf(number)}`
}

/** When a process began, in the ticks of the kernel; undefined where there is none of this number. */
function startOf(number: string): string | undefined {
  try {
    const state = readFileSync(`/proc/${number}/stat`, 'latin1')
    // The name of the program stands before, in brackets, and may hold spaces and brackets.
    return state.slice(state.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}

/** Older versions did not write when their process began: what is theirs stays for as long as any process has the number. */
const LEFT = /^holdfast-keys-(\d+)(?:\.(\d+))?-[0-9a-f]+$/

/** A process that was killed outright could not wipe. */
function wipeLeftOver(memory: string): void {
  const owner = lstatSync('/proc/self').uid
  for (const name of readdirSync(memory)) {
    const [, number, start] = LEFT.exec(name) ?? []
    if (number === undefined || goesOn(number, start)) continue
    const path = join(memory, name)
    // Another call may be wiping it, too; and a link leads to what is not ours.
    const found = lstatSync(path, { throwIfNoEntry: false })
    if (found?.uid === owner && found.isDirectory()) wipe(path)
  }
}

function goesOn(number: string, start: string | undefined): boolean {
  const running = startOf(number)
  return running !== undefined && running === (start ?? running)
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
  try {
    const file = openSync(path, 'r+')
    try {
      writeSync(file, Buffer.alloc(lstatSync(path).size))
    } finally {
      closeSync(file)
    }
  } catch (error) {
    // Gone is as good as overwritten.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}
