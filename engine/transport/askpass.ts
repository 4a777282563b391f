import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { quote } from '../core/script.ts'
import type { Secret } from '../core/secret.ts'
import { run } from './process.ts'

/** Answers the questions of `ssh`. */
export interface Askpass {
  /** The program to name in `SSH_ASKPASS`. */
  readonly program: string
  stop(): void
}

export type Answer = (question: string) => Promise<Secret | undefined>

/**
 * Sets up a program that `ssh` may ask, in a directory only the operator can enter. Questions and answers go through two
 * named pipes: a secret is never part of a command line, an environment or a file.
 */
export async function startAskpass(directory: string, answer: Answer): Promise<Askpass> {
  const [program, questions, answers] = ['askpass', 'questions', 'answers'].map((name) => join(directory, name)) as [string, string, string]
  await run('mkfifo', ['-m', '600', questions, answers])
  await writeFile(program, asking(questions, answers), { mode: 0o700 })
  const clerk = spawn('/bin/sh', ['-c', CLERK, 'holdfast-askpass', questions, answers])
  clerk.on('error', () => undefined)
  clerk.stdin.on('error', () => undefined)
  createInterface({ input: clerk.stdout }).on('line', (question) => {
    answer(question.trim()).then(
      // An answer begins with `=`; an empty line says that there is none.
      (secret) => clerk.stdin.write(secret ? `=${secret.reveal()}\n` : '\n'),
      () => clerk.stdin.write('\n'),
    )
  })
  return { program, stop: () => void clerk.kill() }
}

/** `read` and `printf` are part of the shell, so what they handle appears in no process list. */
function asking(questions: string, answers: string): string {
  return `#!/bin/sh
{ printf '%s' "$1" | tr '\\n' ' '; echo; } > ${quote(questions)}
IFS= read -r answer < ${quote(answers)} && [ "$answer" ] && printf '%s\\n' "\${answer#=}"
`
}

/** Holds both pipes open for reading and writing, so that no question is lost between two; those who wait are released by its end. */
const CLERK = [
  'exec 3<>"$1" 4<>"$2"',
  'while IFS= read -r question <&3; do',
  `  printf '%s\\n' "$question"`,
  '  IFS= read -r answer || exit 0',
  `  printf '%s\\n' "$answer" >&4`,
  'done',
].join('\n')
