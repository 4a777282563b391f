import { constants, type Stats } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { addAbortSignal } from 'node:stream'
import { Rejected, reject } from '../core/diagnostic.ts'
import type { Context } from './context.ts'

/** What an operator handed over. */
export interface Given {
  readonly text: string
  /** Whether others on this machine can read it. */
  readonly exposed: boolean
}

/** What a small file holds. Refuses whatever is no file, and what is larger than a key or its state ever is. */
export async function readGivenFile(path: string): Promise<Given> {
  // So that a pipe that nobody writes to is looked at, and not waited for.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error) => rejectUnread(path, error))
  try {
    const found = await file.stat()
    if (!found.isFile()) rejectKind(path, found)
    const bytes = await beginning(file).catch((error) => rejectUnread(path, error))
    if (bytes.length > MOST_BYTES) rejectLong(path)
    return { text: bytes.toString('utf8'), exposed: (found.mode & 0o077) !== 0 }
  } finally {
    await file.close()
  }
}

/** What is piped in, as long as no more comes than a file may hold. Gives up when it is interrupted. */
export async function readGivenStdin({ input, interruption }: Context): Promise<string> {
  const signal = interruption()
  const pieces: Buffer[] = []
  let size = 0
  try {
    // However this ends, nothing more is read then.
    for await (const piece of addAbortSignal(signal, input)) {
      pieces.push(Buffer.from(piece))
      size += pieces.at(-1)?.length ?? 0
      if (size > MOST_BYTES) rejectLong('-')
    }
  } catch (error) {
    if (signal.aborted || error instanceof Rejected) throw error
    rejectUnread('-', error as NodeJS.ErrnoException)
  }
  return Buffer.concat(pieces).toString('utf8')
}

/** A sealed key of many recipients is far below. */
const MOST_BYTES = 64 * 1024

async function beginning(file: FileHandle): Promise<Buffer> {
  const bytes = Buffer.alloc(MOST_BYTES + 1)
  let size = 0
  for (let read = -1; read !== 0 && size < bytes.length; size += read)
    read = (await file.read(bytes, { offset: size, length: bytes.length - size })).bytesRead
  return bytes.subarray(0, size)
}

function rejectKind(path: string, found: Stats): never {
  if (found.isDirectory()) reject({ code: 'cannot-read', message: `\`${path}\` is a folder, and no file`, help: 'name the file in it' })
  const help = 'name a file; what comes from a program is piped into `holdfast keys import -`'
  reject({ code: 'cannot-read', message: `\`${path}\` is ${found.isFIFO() ? 'a pipe' : 'a device'}, and no file`, help })
}

function rejectLong(path: string): never {
  const message = `\`${path}\` holds more than ${MOST_BYTES / 1024} KiB, which no key and no signing state does`
  reject({ code: 'cannot-read', message, help: 'check the path' })
}

function rejectUnread(path: string, error: NodeJS.ErrnoException): never {
  reject({ code: 'cannot-read', message: `cannot read \`${path}\`: the system says ${error.code}`, help: 'check the path' })
}
