/** One line of a text difference; `gap` stands for unchanged or left-out lines. */
export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed' | 'gap'
  readonly text: string
}

/** How many lines a difference adds and removes. */
export function countDiff(before: string, after: string): { readonly added: number; readonly removed: number } {
  const edits = editsBetween(before, after)
  return { added: edits.filter(({ kind }) => kind === 'added').length, removed: edits.filter(({ kind }) => kind === 'removed').length }
}

/** The difference with a few unchanged lines around each place, never longer than `limit` lines. */
export function unifiedDiff(before: string, after: string, { context = 3, limit = 200 } = {}): readonly DiffLine[] {
  const edits = editsBetween(before, after)
  if (edits.every(({ kind }) => kind === 'same')) return []
  const near = nearChanges(edits, context)
  const lines: DiffLine[] = []
  edits.forEach((edit, i) => {
    if (near[i]) lines.push(edit)
    else if (lines.at(-1)?.kind !== 'gap') lines.push({ kind: 'gap', text: '…' })
  })
  if (lines.length <= limit) return lines
  return [...lines.slice(0, limit), { kind: 'gap', text: `… ${lines.length - limit} more lines` }]
}

function nearChanges(edits: readonly DiffLine[], context: number): readonly boolean[] {
  const near = edits.map(() => false)
  edits.forEach(({ kind }, i) => {
    if (kind !== 'same') near.fill(true, Math.max(0, i - context), i + context + 1)
  })
  return near
}

function editsBetween(before: string, after: string): readonly DiffLine[] {
  const [left, right] = [linesOf(before), linesOf(after)]
  let start = 0
  while (start < left.length && start < right.length && left[start] === right[start]) start++
  let end = 0
  while (end < left.length - start && end < right.length - start && left.at(-1 - end) === right.at(-1 - end)) end++
  const [a, b] = [left.slice(start, left.length - end), right.slice(start, right.length - end)]
  return [...left.slice(0, start).map(same), ...middle(a, b), ...left.slice(left.length - end).map(same)]
}

/** The last line's missing line end is a difference of its own, as in diff(1). */
function linesOf(text: string): readonly string[] {
  if (text === '') return []
  const lines = text.split('\n')
  if (lines.at(-1) === '') return lines.slice(0, -1)
  return [...lines.slice(0, -1), `${lines.at(-1)} (no line end)`]
}

const same = (text: string): DiffLine => ({ kind: 'same', text })
const added = (text: string): DiffLine => ({ kind: 'added', text })
const removed = (text: string): DiffLine => ({ kind: 'removed', text })

function middle(a: readonly string[], b: readonly string[]): readonly DiffLine[] {
  const trace = a.length === 0 || b.length === 0 ? undefined : furthest(a, b)
  return trace === undefined ? [...a.map(removed), ...b.map(added)] : walkBack(a, b, trace)
}

/** Past so many edits two texts have little in common, and the search (quadratic in this) would take long. */
const MOST_EDITS = 500

/** Myers' greedy search: for each number of edits, how far along `a` each diagonal gets. Nothing where the texts differ too much. */
function furthest(a: readonly string[], b: readonly string[]): readonly Reach[] | undefined {
  const trace: Reach[] = []
  let reach: Reach = new Map([[1, 0]])
  for (let edits = 0; edits <= Math.min(MOST_EDITS, a.length + b.length); edits++) {
    trace.push(reach)
    reach = new Map(reach)
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const x = slide(a, b, { diagonal, from: stepTo(reach, diagonal, edits) })
      reach.set(diagonal, x)
      if (x >= a.length && x - diagonal >= b.length) return trace
    }
  }
  return undefined
}

function stepTo(reach: Reach, diagonal: number, edits: number): number {
  return goesDown(reach, diagonal, edits) ? reachOf(reach, diagonal + 1) : reachOf(reach, diagonal - 1) + 1
}

function slide(a: readonly string[], b: readonly string[], { diagonal, from }: { diagonal: number; from: number }): number {
  let x = from
  while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x++
  return x
}

type Reach = Map<number, number>

const reachOf = (reach: Reach, diagonal: number): number => reach.get(diagonal) ?? -1

function goesDown(reach: Reach, diagonal: number, edits: number): boolean {
  return diagonal === -edits || (diagonal !== edits && reachOf(reach, diagonal - 1) < reachOf(reach, diagonal + 1))
}

function walkBack(a: readonly string[], b: readonly string[], trace: readonly Reach[]): readonly DiffLine[] {
  const lines: DiffLine[] = []
  let [x, y] = [a.length, b.length]
  for (let edits = trace.length - 1; edits >= 0; edits--) {
    const reach = trace[edits] as Reach
    const down = goesDown(reach, x - y, edits)
    const previous = down ? x - y + 1 : x - y - 1
    const equal = Math.min(x, y, x - reachOf(reach, previous), y - reachOf(reach, previous) + previous)
    for (let i = 0; i < equal; i++) lines.push(same(a[--x] as string))
    y -= Math.max(0, equal)
    if (edits > 0) lines.push(down ? added(b[--y] as string) : removed(a[--x] as string))
  }
  return lines.reverse()
}
