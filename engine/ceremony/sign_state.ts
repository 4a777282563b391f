import { reject } from '../core/diagnostic.ts'
import type { SignState } from './signer_file.ts'

/** How far a signer had signed, from the text of its `priv_validator_state.json`, be it CometBFT's or that of Horcrux. */
export function readSignState(text: string, file: string): SignState {
  const { height, round, step } = contentOf(text)
  if (isHeight(height) && isCount(round) && isCount(step) && Number(step) <= LAST_STEP)
    return { height: String(height), round: Number(round), step: Number(step) }
  return reject({
    code: 'keys-import',
    message: `\`${file}\` is no \`priv_validator_state.json\``,
    help: 'take `data/priv_validator_state.json` of the old signer, after it was stopped for good',
  })
}

/** Whether a value is what `readSignState` gives, and nothing more. */
export function isSignState({ height, round, step, ...more }: SignState): boolean {
  return isHeight(height) && isCount(round) && isCount(step) && step <= LAST_STEP && Object.keys(more).length === 0
}

/** Precommit. */
const LAST_STEP = 3

// A number that JSON has rounded would be another height.
function isHeight(value: unknown): boolean {
  return isCount(value) || (typeof value === 'string' && /^\d{1,19}$/.test(value) && BigInt(value) <= HIGHEST)
}

/** A number, or its digits as text, of those that a state counts in. */
function isCount(value: unknown): boolean {
  const isNumeral = typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value))
  return isNumeral && Number.isSafeInteger(Number(value)) && Number(value) >= 0
}

/** Of 64 bits with a sign. */
const HIGHEST = 2n ** 63n - 1n

function contentOf(text: string): { readonly [key: string]: unknown } {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
