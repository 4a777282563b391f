/** Options a person asks for that the mounted file system does not have; only those that protect something are looked at. */
export function missingOptions(opts: string, live: readonly string[]): readonly string[] {
  const wanted = new Map<string, string>()
  for (const option of opts.split(',')) {
    const pair = PAIRS.find((names) => names.includes(option))
    if (pair) wanted.set(pair[0], option)
  }
  return [...wanted.values()].filter((option) => !isLive(option, live))
}

/** Each restriction and its opposite; the kernel shows the restriction, or nothing. */
const PAIRS: readonly (readonly [string, string])[] = [
  ['ro', 'rw'],
  ['nosuid', 'suid'],
  ['nodev', 'dev'],
  ['noexec', 'exec'],
  ['noatime', 'atime'],
]

function isLive(option: string, live: readonly string[]): boolean {
  const pair = PAIRS.find((names) => names.includes(option)) ?? [option, '']
  return option === pair[0] ? live.includes(option) : !live.includes(pair[0])
}
