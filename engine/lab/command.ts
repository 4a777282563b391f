import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

interface Options {
  readonly input?: string
  /** Told each line of output as it comes. */
  readonly onLine?: (line: string) => void
}

/** Runs a program of this machine and returns what it printed; throws with its complaint when it fails. */
export async function run(program: string, args: readonly string[], { input, onLine }: Options = {}): Promise<string> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const printed: string[] = []
  const complaint: string[] = []
  createInterface(child.stdout).on('line', (line) => {
    printed.push(line)
    onLine?.(line)
  })
  createInterface(child.stderr).on('line', (line) => complaint.push(line))
  // A program that ends without reading its input closes the pipe; its exit status tells why.
  child.stdin.on('error', () => {})
  child.stdin.end(input ?? '')
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (status === 0) return printed.join('\n')
  const said = [...complaint, ...(complaint.length > 0 ? [] : printed)].slice(-20).join('\n')
  throw new Error(`\`${[program, ...args].join(' ')}\` failed (${status ?? 'killed'}): ${said}`)
}

/** Whether the program ends well; what it prints is dropped. */
export async function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  return run(program, args).then(
    () => true,
    () => false,
  )
}
