import { spawn } from 'node:child_process'

/** Runs a short command on this machine to its end; its output is of no interest. Resolves with its exit status. */
export function run(command: string, words: readonly string[]): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { stdio: 'ignore' })
    child.once('error', reject)
    child.once('exit', (code) => resolve(code))
  })
}
