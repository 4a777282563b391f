/** The known name that was most likely meant, if one is near. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: { readonly name: string; readonly distance: number } | undefined
  const limit = Math.max(1, Math.floor(name.length / 3))
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > limit) continue
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance <= limit && (!best || distance < best.distance)) best = { name: candidate, distance }
  }
  return best?.name
}

/** Help for an unknown name: the nearest one, then those there are, as far as they fit on a line. */
export function didYouMean(name: string, known: readonly string[], plural: string): string | undefined {
  const near = nearest(name, known)
  const list = [...known].sort()
  const shown = list.length > MOST_LISTED ? `${list.slice(0, MOST_LISTED).join(', ')}, …` : list.join(', ')
  const all = list.length > 0 ? `known ${plural}: ${shown}` : undefined
  if (near === undefined) return all
  return `did you mean \`${near}\`?${all === undefined ? '' : ` ${all}`}`
}

const MOST_LISTED = 24
/** Longer names are compared by their beginning, so that a hostile one costs nothing. */
const LONGEST_COMPARED = 100

/** Letters to insert, drop, replace or swap with their neighbour to turn one name into the other. */
export function editDistance(from: string, to: string): number {
  const a = from.slice(0, LONGEST_COMPARED)
  const b = to.slice(0, LONGEST_COMPARED)
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  const cell = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY
  const isSwap = (i: number, j: number) => i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
  for (let i = 1; i <= a.length; i++) {
    rows.push([i])
    for (let j = 1; j <= b.length; j++) {
      const replaced = cell(i - 1, j - 1) + Number(a[i - 1] !== b[j - 1])
      const swapped = isSwap(i, j) ? cell(i - 2, j - 2) + 1 : replaced
      rows[i]?.push(Math.min(replaced, swapped, cell(i - 1, j) + 1, cell(i, j - 1) + 1))
    }
  }
  return cell(a.length, b.length)
}
