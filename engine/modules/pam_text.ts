/** The files that `pam-auth-update` keeps, and the section of a profile that goes into each. */
export const STACKS = [
  { section: 'Auth', file: '/etc/pam.d/common-auth' },
  { section: 'Account', file: '/etc/pam.d/common-account' },
  { section: 'Password', file: '/etc/pam.d/common-password' },
  { section: 'Session', file: '/etc/pam.d/common-session' },
] as const

/** Whether every section of a profile stands in its file, in the form for the first place or in that for a later one. */
export function isEnabled(profile: string, stacks: ReadonlyMap<string, string>): boolean {
  const sections = sectionsOf(profile)
  return STACKS.every(({ section, file }) => {
    const forms = [sections.get(section), sections.get(`${section}-Initial`)].filter((form) => form !== undefined)
    const present = linesOf(stacks.get(file) ?? '')
    return forms.length === 0 || forms.some((form) => form.every((line) => present.some((other) => isLine(other, line))))
  })
}

interface Line {
  readonly control: string
  readonly module: string
}

/** The lines of each section that has any; other fields of a profile stand on one line. */
function sectionsOf(profile: string): ReadonlyMap<string, readonly Line[]> {
  const sections = new Map<string, Line[]>()
  let name = ''
  for (const text of profile.split('\n').filter((line) => line.trim() !== '')) {
    const head = /^([A-Za-z-]+):\s*(.*)$/.exec(text)
    if (head) name = head[2] === '' ? (head[1] ?? '') : ''
    else if (name !== '') sections.set(name, [...(sections.get(name) ?? []), lineOf(text.trim())])
  }
  return sections
}

function linesOf(stack: string): readonly Line[] {
  return stack
    .split('\n')
    .filter((text) => /^\w/.test(text))
    .map((text) => lineOf(text.replace(/^\w+\s+/, '')))
}

function lineOf(text: string): Line {
  const [, control = '', module = ''] = /^(\[[^\]]*\]|\S+)\s+(.*)$/.exec(text) ?? []
  return { control: spaced(control), module: spaced(module) }
}

/** `end` in a profile becomes the number of lines to jump over. */
function isLine(found: Line, wanted: Line): boolean {
  const jump = /=end\b/.test(wanted.control)
  const control = jump ? found.control.replace(/=\d+/g, '=end') : found.control
  return found.module === wanted.module && control === wanted.control
}

function spaced(text: string): string {
  return text.trim().replace(/\s+/g, ' ')
}
