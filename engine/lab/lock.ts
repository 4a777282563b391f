import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Runs the body while nobody else on this machine runs one under the same file, or with `shared` only others that share it. The lock ends
 * with the process, however that ends.
 */
export async function withLock<T>(
  file: string,
  body: () => Promise<T>,
  { shared = false }: { readonly shared?: boolean } = {},
): Promise<T> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  // `cat` holds the lock until its input, a pipe from this process, is closed.
  const holder = spawn('flock', [shared ? '--shared' : '--exclusive', file, 'sh', '-c', 'echo locked; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(holder, 'close')
  const locked = await Promise.race([once(holder.stdout, 'data').then(() => true), ended.then(() => false)])
  if (!locked) throw new Error(`${file} could not be locked`)
  try {
    return await body()
  } finally {
    holder.stdin.end()
    await ended
  }
}
