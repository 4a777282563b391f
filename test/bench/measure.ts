import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A program as it is started for a measurement. */
export interface Command {
  readonly words: readonly string[]
  readonly env?: { readonly [name: string]: string }
}

/** What a whole process cost, from its start to its end. */
export interface Cost {
  readonly seconds: number
  /** User and system time of the process and of all its children it waited for. */
  readonly cpuSeconds: number
  readonly output: string
  readonly code: number
}

/** Runs a command in a folder to its end. What it prints goes to a file: a process it leaves behind must not hold up the clock. */
export async function measure({ words, env = {} }: Command, folder: string): Promise<Cost> {
  const file = join(folder, 'output')
  const script = `TIMEFORMAT='%3R %3U %3S'; time "$@" > '${file}' 2>&1 < /dev/null`
  const child = spawn('bash', ['-c', script, 'bash', ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, LC_ALL: 'C.UTF-8', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = new Promise<number>((resolve, reject) => child.on('error', reject).on('exit', (code) => resolve(code ?? 128)))
  let times = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    times += text
  })
  const code = await ended
  const [seconds = 0, user = 0, system = 0] = times.trim().split(/\s+/).map(Number)
  return { seconds, cpuSeconds: user + system, output: await readFile(file, 'utf8'), code }
}

/** The most memory a program had resident at one time, in MB, with what it printed. */
export async function peakMemory(
  { words, env = {} }: Command,
  folder: string,
): Promise<{ readonly megabytes: number; readonly output: string }> {
  const [program = '', ...args] = words
  const child = spawn(program, args, {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let kib = 0
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  // The kernel keeps the highest value, so only what happens after the last look can be missed.
  const timer = setInterval(() => void highWater(child.pid).then((now) => (kib = Math.max(kib, now))), LOOK_MS)
  await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
  clearInterval(timer)
  return { megabytes: (kib * 1024) / 1e6, output }
}

const LOOK_MS = 20

async function highWater(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0)
}
