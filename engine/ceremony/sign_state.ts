import { reject } from '../core/diagnostic.ts'
import type { SignState } from './signer_file.ts'

/** How far a signer had signed, from the text of its `priv_validator_state.json`, be it CometBFT's or that of Horcrux. */
export function readSignState(text: string, file: string): SignState {
  const { height, round, step } = contentOf(text)
  const [rounds, steps] = [Number(round), Number(step)]
  if (isHeight(height) && Number.isSafeInteger(rounds) && Number.isInteger(steps) && steps >= 0 && steps <= LAST_STEP)
    return { height: String(height), round: rounds, step: steps }
  return reject({
    code: 'keys-import',
    message: `\`${file}\` is no \`priv_validator_state.json\``,
    help: 'take `data/priv_validator_state.json` of the old signer, after it was stopped for good',
  })
}

/** Precommit. */
const LAST_STEP = 3

function isHeight(value: unknown): boolean {
  return /^\d{1,19}$/.test(String(value))
}

function contentOf(text: string): { readonly [key: string]: unknown } {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}
