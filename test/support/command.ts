import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** How a call of the built command ended. */
export interface Called {
  readonly out: string
  readonly err: string
  readonly code: number | null
  readonly pid?: number | undefined
}

interface Surroundings {
  readonly cwd: string
  readonly env?: { readonly [name: string]: string }
  readonly input?: string
  /** When it is killed. */
  readonly timeoutMs?: number
}

/** Calls the built command as a user would, without a terminal. */
export function callHoldfast(words: readonly string[], { cwd, env = {}, input = '', timeoutMs = 60_000 }: Surroundings): Promise<Called> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...words], {
      cwd,
      env: { PATH: process.env['PATH'] ?? '', HOME: cwd, ...env },
      timeout: timeoutMs,
    })
    const called = { out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      called.out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      called.err += text
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ ...called, code, pid: child.pid }))
    // One that has seen enough does not read the rest.
    child.stdin.on('error', (error: NodeJS.ErrnoException) => error.code === 'EPIPE' || reject(error))
    child.stdin.end(input)
  })
}

/** The built command. */
export const MAIN = fileURLToPath(new URL('../../engine/bin/holdfast.js', import.meta.url))
