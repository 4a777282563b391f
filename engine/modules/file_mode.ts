/** Whether the text is a mode as `chmod` takes it: `'0644'` or `u=rw,g=r,o=`. */
export function isMode(text: string): boolean {
  return OCTAL.test(text) || text.split(',').every((clause) => CLAUSE.test(clause))
}

/** The mode, as four octal digits, that the text asks for where `current` is now; symbolic parts change `current` as `chmod` would. */
export function resolveMode(text: string, { current, directory }: { readonly current: string; readonly directory: boolean }): string {
  if (OCTAL.test(text)) return digits(Number.parseInt(text, 8))
  let mode = Number.parseInt(current, 8)
  for (const clause of text.split(',')) mode = applyClause(mode, clause, directory)
  return digits(mode)
}

const OCTAL = /^[0-7]{3,5}$/
const CLAUSE = /^([ugoa]*)((?:[-+=](?:[ugo]|[rwxXst]*))+)$/

/** The bits each class of users owns, and how far its `rwx` stand from the right. */
const CLASSES = { u: { bits: 0o4700, shift: 6 }, g: { bits: 0o2070, shift: 3 }, o: { bits: 0o1007, shift: 0 } } as const
const UMASK = 0o022

function applyClause(mode: number, clause: string, directory: boolean): number {
  const [, who = '', actions = ''] = CLAUSE.exec(clause) ?? []
  let changed = mode
  for (const [, operator = '', permissions = ''] of actions.matchAll(/([-+=])([^-+=]*)/g)) {
    changed = applyAction(changed, { who, operator, permissions, directory })
  }
  return changed
}

interface Action {
  readonly who: string
  readonly operator: string
  readonly permissions: string
  readonly directory: boolean
}

function applyAction(mode: number, { who, operator, permissions, directory }: Action): number {
  const users = who === '' || who.includes('a') ? 'ugo' : who
  const all = [...users].reduce((bits, user) => bits | CLASSES[user as keyof typeof CLASSES].bits, 0)
  const allowed = who === '' ? all & ~UMASK : all
  const bits = wantedBits(permissions, mode, directory) & allowed
  if (operator === '+') return mode | bits
  if (operator === '-') return mode & ~bits
  // chmod leaves the set-id bits of a directory alone unless they are named.
  const cleared = directory && !permissions.includes('s') ? all & ~0o6000 : all
  return (mode & ~cleared) | bits
}

function wantedBits(permissions: string, mode: number, directory: boolean): number {
  const copied = CLASSES[permissions as keyof typeof CLASSES]
  if (copied) return ((mode >> copied.shift) & 0o7) * 0o111
  const execute = directory || (mode & 0o111) !== 0
  const worth: { readonly [letter: string]: number } = { r: 0o444, w: 0o222, x: 0o111, X: execute ? 0o111 : 0, s: 0o6000, t: 0o1000 }
  return [...permissions].reduce((bits, letter) => bits | (worth[letter] ?? 0), 0)
}

function digits(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0')
}
