import { createHash } from 'node:crypto'
import { Refusal } from '../core/module.ts'
import { sh } from '../core/script.ts'
import type { Become } from './become.ts'
import type { Connection } from './host.ts'
import { openShell } from './open_shell.ts'
import { text } from './problem.ts'

export interface DownloadOptions {
  readonly path: string
  readonly become?: Become
  /** More than this is refused, whatever size the host claims. */
  readonly limitBytes: number
  /** Takes the bytes in order; while a promise it returns is pending, the host waits. */
  readonly take: (bytes: Uint8Array) => void | Promise<void>
}

/** Streams a file of the host to the controller. Rejects with a `Refusal` if it cannot be read or is too large. */
export async function download(
  connection: Connection,
  { path, become, limitBytes, take }: DownloadOptions,
): Promise<{ sha256: string; size: number }> {
  const initial = sh`exec head -c ${limitBytes + 1} -- ${path}`.text
  const channel = await openShell(connection, { initial, initialOnly: true, ...(become && { become }) })
  const hash = createHash('sha256')
  let size = 0
  let complaint = ''
  let failure: unknown
  channel.onStdout((bytes) => {
    size += bytes.length
    if (size > limitBytes || failure) return channel.kill()
    hash.update(bytes)
    return Promise.resolve(take(bytes)).catch((error: unknown) => {
      failure = error
    })
  })
  channel.onStderr((bytes) => {
    complaint = (complaint + Buffer.from(bytes).toString()).slice(0, 4096)
  })
  channel.end()
  const { code, lost } = await channel.exit
  if (failure) throw failure
  if (size > limitBytes) throw new Refusal(`\`${path}\` is larger than ${limitBytes} bytes`)
  if (lost) throw lost
  if (code !== 0) throw new Refusal(`cannot read \`${path}\`: ${text(complaint) || `exit status ${code}`}`)
  return { sha256: hash.digest('hex'), size }
}
