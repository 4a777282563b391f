import { Refusal } from '../core/module.ts'
import { type Watermark, furthest, isFurther, shownWatermark } from './watermark.ts'

/** All that is known of how far a key has signed. */
export interface Knowledge {
  /** In the file that is to be kept; undefined: there is none. */
  readonly here?: Watermark | undefined
  /** In the copy that is offered for it. */
  readonly offered?: Watermark | undefined
  /** What others who sign with the same key say, and what the operator says. */
  readonly elsewhere: readonly Watermark[]
  /** Whether a file that is behind the others may be replaced by a bare watermark. */
  readonly raise: boolean
}

/** What becomes of the file: it stays, the copy takes its place, or it is written anew with this watermark and no signature. */
export type Decision =
  | { readonly take: 'here' | 'offered'; readonly mark: Watermark }
  | { readonly take: 'elsewhere'; readonly mark: Watermark }

/** Decides which state a signer goes on from. Never one that is behind anything that is known; refuses where that cannot be had. */
export function decideState(path: string, { here, offered, elsewhere, raise }: Knowledge): Decision {
  const floor = furthest(elsewhere)
  const best = bestFile(here, offered)
  if (floor !== undefined && (best === undefined || isFurther(floor, best.mark))) {
    if (raise) return { take: 'elsewhere', mark: floor }
    throw behind(path, { best: best?.mark, floor })
  }
  if (best === undefined) throw nothingKnown(path)
  if (best.take === 'offered' && here === undefined && floor === undefined) throw unproven(path, best.mark)
  return best
}

function bestFile(here: Watermark | undefined, offered: Watermark | undefined): Decision | undefined {
  if (offered !== undefined && (here === undefined || isFurther(offered, here))) return { take: 'offered', mark: offered }
  return here === undefined ? undefined : { take: 'here', mark: here }
}

function behind(path: string, { best, floor }: { readonly best: Watermark | undefined; readonly floor: Watermark }): Refusal {
  const have = best === undefined ? 'there is none here' : `the newest there is here stands at ${shownWatermark(best)}`
  return new Refusal(
    `\`${path}\` would go back: the key has signed up to ${shownWatermark(floor)}, and ${have}`,
    'set `raise: true` to go on from the furthest that is known, with every other signer of this key asked or stopped',
  )
}

function unproven(path: string, mark: Watermark): Refusal {
  return new Refusal(
    `\`${path}\` is gone, and nothing tells whether the copy at ${shownWatermark(mark)} is the newest`,
    'ask the others who sign with this key (`known`), or give `at_least`: a height that the chain has passed since it last signed here',
  )
}

function nothingKnown(path: string): Refusal {
  return new Refusal(
    `there is no \`${path}\`, and nothing is known of how far its key has signed`,
    'give `from`, `known` or `at_least`; `at_least: 0` says that it has never signed',
  )
}
