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
  asking.screen.prompt(`  ${question} [y/N] `)
  const answer = await nextLine(asking, { hidden: false })
  return answer !== undefined && /^\s*(y|yes)\s*$/i.test(answer)
}

/** Asks for a value that is not echoed; nothing where the operator gave up or input ended. */
export async function askSecret(name: string, asking: Asking): Promise<Secret | undefined> {
  asking.screen.prompt(`  ${name}: `)
  const typed = await nextLine(asking, { hidden: true })
  asking.screen.note()
  return typed === undefined ? undefined : new Secret(name, typed)
}

/**
 * The question has left through the screen; the line reader itself writes nowhere. For a hidden line it also takes the
 * terminal over, so that nothing is echoed and editing keys still work.
 */
async function nextLine({ input, signal }: Asking, { hidden }: { hidden: boolean }): Promise<string | undefined> {
  const reader = createInterface({ input, output: new PassThrough(), terminal: hidden && input.isTTY === true })
  try {
    return await new Promise<string | undefined>((resolve) => {
      reader.once('line', resolve)
      reader.once('close', () => resolve(undefined))
      signal?.addEventListener('abort', () => resolve(undefined), { once: true })
    })
  } finally {
    reader.close()
  }
}
