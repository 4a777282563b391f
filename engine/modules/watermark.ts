/** How far a signer has signed; it may only ever sign beyond it. */
export interface Watermark {
  readonly height: bigint
  readonly round: bigint
  /** 1 proposal, 2 prevote, 3 precommit; 0 nothing yet. */
  readonly step: number
}

/** The programs whose files hold one; they spell the round differently. */
export type WatermarkForm = 'cometbft' | 'horcrux'

/** What a file of a signer says, or undefined where it is no signing state. */
export function readWatermark(text: string): Watermark | undefined {
  const state = parsed(text)
  if (state === undefined) return undefined
  const [height, round, step] = [whole(state['height']), whole(state['round'] ?? 0), whole(state['step'] ?? 0)]
  if (height === undefined || round === undefined || step === undefined || step > 127n) return undefined
  return { height, round, step: Number(step) }
}

/** A file that says this and nothing else, as the program would read it. */
export function writeWatermark({ height, round, step }: Watermark, form: WatermarkForm): string {
  const spelled = form === 'horcrux' ? `"${round}"` : `${round}`
  return `{"height":"${height}","round":${spelled},"step":${step}}\n`
}

/** Whether the first is further than the second. */
export function isFurther(a: Watermark, b: Watermark): boolean {
  if (a.height !== b.height) return a.height > b.height
  return a.round === b.round ? a.step > b.step : a.round > b.round
}

/** The one that is furthest of all. */
export function furthest(marks: readonly Watermark[]): Watermark | undefined {
  return marks.reduce<Watermark | undefined>((best, mark) => (best === undefined || isFurther(mark, best) ? mark : best), undefined)
}

/** As a person reads it: `height 120, round 0, step 3`. */
export function shownWatermark({ height, round, step }: Watermark): string {
  return `height ${height}, round ${round}, step ${step}`
}

function parsed(text: string): { readonly [key: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && 'height' in value ? (value as { readonly [key: string]: unknown }) : undefined
  } catch {
    return undefined
  }
}

/** 64-bit numbers are texts in these files, because a JSON number cannot hold them; 32-bit ones are either. */
function whole(value: unknown): bigint | undefined {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value
  return typeof text === 'string' && /^\d{1,19}$/.test(text) ? BigInt(text) : undefined
}
