/** Who holds the lock of a fleet, as left on its hosts for others to read. */
export interface Holder {
  /** Tells runs apart. */
  readonly run: string
  readonly user: string
  /** The machine it was started on, and its process there. */
  readonly from: string
  readonly process: number
  /** When the lock was taken, in UTC. */
  readonly since: string
  readonly doing: string
}

/** The holder as one word without quotes, for a file. */
export function written(holder: Holder): string {
  return Buffer.from(JSON.stringify(holder)).toString('base64')
}

/** What the word of a file says of the holder; undefined where it says nothing that makes sense. */
export function readHolder(word: string): Holder | undefined {
  try {
    const { run, user, from, process, since, doing } = JSON.parse(Buffer.from(word, 'base64').toString())
    const texts = [run, user, from, since, doing]
    if (!texts.every((text) => typeof text === 'string') || !Number.isInteger(process)) return undefined
    const [short = '', ...others] = texts.map((text: string) => text.slice(0, LONGEST))
    return { run: short, user: others[0] ?? '', from: others[1] ?? '', process, since: others[2] ?? '', doing: others[3] ?? '' }
  } catch {
    return undefined
  }
}

/** The holder in words: who, since when, from where and doing what. */
export function described({ user, from, process, since, doing }: Holder): string {
  return `\`${user}\` on \`${from}\` (process ${process}) since ${since}: \`${doing}\``
}

const LONGEST = 300
