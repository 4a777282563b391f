import type { Readable } from 'node:stream'
import type { Screen } from '../report/screen.ts'

/** What a command knows about the process it runs in. */
export interface Context {
  readonly screen: Screen
  readonly cwd: string
  readonly home: string
  readonly env: { readonly [name: string]: string | undefined }
  readonly input: Readable & { readonly isTTY?: boolean }
  /** Whether a person is there to answer and to watch: both stdin and stderr are terminals. */
  readonly interactive: boolean
  /** Colour and live progress are wanted. */
  readonly lively: boolean
  readonly version: string
  /** From the first call on, Ctrl-C aborts this signal instead of the process; a second one still ends the process. */
  readonly interruption: () => AbortSignal
}
