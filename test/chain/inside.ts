import { spawn } from 'node:child_process'
import { buffer } from 'node:stream/consumers'
import { enterCommand } from '../../engine/lab/enter.ts'
import { machineName } from '../../engine/lab/layout.ts'

/** Runs a shell command as root inside a host of a lab, past its network; gives what it printed, and throws when it fails. */
export async function inside(lab: string, host: string, command: string, input: Uint8Array | string = ''): Promise<string> {
  const [program = '', ...words] = await enterCommand(lab, host)
  return ran(program, [...words, 'sh', '-c', command], input)
}

/** What a program of a host answers on its loopback, by way of its network alone: `/status` of port 26657. */
export async function asked(lab: string, host: string, { port = 26657, path }: { port?: number; path: string }): Promise<string> {
  const url = `http://127.0.0.1:${port}${path}`
  return ran('ip', ['netns', 'exec', machineName(lab, host), 'curl', '-sS', '--fail', '--max-time', '5', url], '')
}

/** Runs a program to its end; gives what it printed, and throws with its complaint when it fails. */
export async function ran(program: string, words: readonly string[], input: Uint8Array | string = ''): Promise<string> {
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'] })
  // A program that ends before it has read everything tells why itself.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const ended = new Promise<number>((resolve, reject) => child.on('error', reject).on('close', (code) => resolve(code ?? 128)))
  const [code, out, err] = await Promise.all([ended, buffer(child.stdout), buffer(child.stderr)])
  if (code !== 0) throw new Error(`\`${[program, ...words].join(' ').slice(-200)}\` ended with ${code}: ${err.toString().slice(-2000)}`)
  return out.toString()
}
