/** Prints what comes from several sources at once as if it came from one after the other: the first as it comes, the others when it is their turn. */
export interface InOrder {
  readonly print: (source: string, text: string) => void
  /** The source will print no more. */
  readonly end: (source: string) => void
  /** Prints what is left, also of sources that have not ended. */
  readonly flush: () => void
}

export function inOrder(sources: readonly string[], write: (text: string) => void): InOrder {
  let turns = sources
  const kept = new Map<string, string>()
  const ended = new Set<string>()

  return {
    print: (source, text) => {
      kept.set(source, (kept.get(source) ?? '') + text)
      advance()
    },
    end: (source) => {
      ended.add(source)
      advance()
    },
    flush: () => {
      for (const source of turns) write(take(source))
    },
  }

  function advance(): void {
    for (let [first] = turns; first !== undefined; [first] = turns) {
      write(take(first))
      if (!ended.has(first)) return
      turns = turns.slice(1)
    }
  }

  function take(source: string): string {
    const text = kept.get(source) ?? ''
    kept.delete(source)
    return text
  }
}
