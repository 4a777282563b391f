/** Less than, equal to or greater than zero as version `a` is older than, the same as or newer than `b`; a leading `v` does not count. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [pieces(a), pieces(b)]
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = comparePieces(left[i] ?? 0, right[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

function pieces(version: string): readonly (number | string)[] {
  return (version.replace(/^v/, '').match(/\d+|[a-z]+/gi) ?? []).map((piece) => (/^\d/.test(piece) ? Number(piece) : piece))
}

/** Words come before numbers, so that `1.0rc1` is older than `1.0`. */
function comparePieces(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return Math.sign(a - b)
  if (typeof a === 'string' && typeof b === 'string') return Number(a > b) - Number(a < b)
  return typeof a === 'string' ? -1 : 1
}
