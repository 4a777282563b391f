/** How long a host may take to answer. */
export interface Patience {
  /** Looking should be quick; a host that takes longer is in trouble, and says so instead of holding the others up. */
  readonly lookMs: number
  /** Changing may take long: a package upgrade on a slow disk. */
  readonly changeMs: number
}

/** What a host gets unless a run says otherwise. */
export const USUAL_PATIENCE: Patience = { lookMs: 120_000, changeMs: 3_600_000 }
