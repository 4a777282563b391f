import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { Secret } from '../core/secret.ts'
import type { Screen } from './screen.ts'

interface Asking {
  readonly screen: Screen
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly signal?: AbortSignal
}

/** Asks the operator a yes-or-no question. Anything but a clear yes, and the end of input, is a no. */
export async function confirm(question: string, asking: Asking): Promise<boolean> {
  const answer = await nextLine(asking, { question: `${question} [y/N] `, hidden: false })
  return answer !== undefined && /^\s*(y|yes)\s*$/i.test(answer)
}

/** Asks for a value that is not echoed; nothing where the operator gave up or input ended. */
export async function askSecret(name: string, asking: Asking): Promise<Secret | undefined> {
  const typed = await nextLine(asking, { question: `${name}: `, hidden: true })
  asking.screen.note()
  return typed === undefined ? undefined : new Secret(name, typed)
}

interface Question {
  readonly question: string
  readonly hidden: boolean
}

/**
 * The question leaves through the screen; the line reader itself writes nowhere. For a hidden line it takes the terminal over
 * before the question is there, so that nothing is echoed, not even what is typed at once, and editing keys still work.
 */
async function nextLine({ screen, input, signal }: Asking, { question, hidden }: Question): Promise<string | undefined> {
  const reader = createInterface({ input, output: new PassThrough(), terminal: hidden && input.isTTY === true })
  try {
    screen.prompt(`  ${question}`)
    return await new Promise<string | undefined>((resolve) => {
      reader.once('line', resolve)
      reader.once('close', () => resolve(undefined))
      signal?.addEventListener('abort', () => leaveLine(screen, resolve), { once: true })
    })
  } finally {
    reader.close()
  }
}

/** What comes next must not stand behind the question. */
function leaveLine(screen: Screen, resolve: (typed: undefined) => void): void {
  screen.note()
  resolve(undefined)
}

/** Shows a message and waits until the operator presses enter, or input ends. */
export async function pauseForEnter(message: string, asking: Asking): Promise<void> {
  await nextLine(asking, { question: `${message} `, hidden: false })
}
