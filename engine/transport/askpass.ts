import { type ChildProcess, spawn } from 'node:child_process'
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
  await writeFile(program, programText(questions, answers), { mode: 0o700 })
  const reader = spawn('/bin/sh', ['-c', 'while IFS= read -r line < "$1"; do printf "%s\\n" "$line"; done', 'askpass', questions])
  const children = new Set<ChildProcess>([reader])
  reader.on('error', () => undefined)
  const pass = (secret: Secret | undefined) => children.add(writeAnswer(answers, secret))
  createInterface({ input: reader.stdout }).on('line', (question) => {
    answer(question.trim()).then(pass, () => pass(undefined))
  })
  const stop = () => {
    for (const child of children) child.kill()
  }
  return { program, stop }
}

/** `read` and `printf` are part of the shell, so what they handle appears in no process list. */
function programText(questions: string, answers: string): string {
  return `#!/bin/sh
{ printf '%s' "$1" | tr '\\n' ' '; echo; } > ${quote(questions)}
IFS= read -r answer < ${quote(answers)} && [ "$answer" ] && printf '%s\\n' "\${answer#=}"
`
}

/** Every answer begins with `=`, an empty line says that there is none. */
function writeAnswer(answers: string, secret: Secret | undefined): ChildProcess {
  const writer = spawn('/bin/sh', ['-c', 'cat > "$1"', 'askpass', answers], { stdio: ['pipe', 'ignore', 'ignore'] })
  writer.on('error', () => undefined)
  writer.stdin.on('error', () => undefined)
  writer.stdin.end(secret ? `=${secret.reveal()}\n` : '\n')
  return writer
}
