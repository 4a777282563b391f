import { Refusal, defineModule } from '../core/module.ts'
import { lines, sh } from '../core/script.ts'
import { isEnabled, STACKS } from './pam_text.ts'
import { keyValues } from './text_lines.ts'

interface PamState {
  /** Those of the asked-for profiles whose lines all stand in the files of PAM. */
  readonly enabled: readonly string[]
  /** Those without a file below /usr/share/pam-configs. */
  readonly unknown: readonly string[]
  readonly tool: 'present' | 'absent'
}

const PROFILES = '/usr/share/pam-configs'

export const pamProfile = defineModule({
  kind: 'state',
  name: 'pam_profile',
  summary: 'Keep profiles of PAM on or off, as `pam-auth-update` does.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: {
        type: 'array',
        items: {
          type: 'string',
          pattern: '^[A-Za-z0-9_][A-Za-z0-9_.-]*$',
          form: 'write the name of a file without its folder, in letters, digits, `_`, `-` and `.`',
        },
        minItems: 1,
        description: 'Names of files in `/usr/share/pam-configs`. All are switched in one go, so that no login meets half of them.',
      },
      state: { type: 'string', enum: ['present', 'absent'], default: 'present', description: 'Whether the profiles are on.' },
      force: {
        type: 'boolean',
        default: false,
        description:
          'Write the files of PAM even if someone added to the part that `pam-auth-update` keeps; the old ones stay as `.pam-old`.',
      },
    },
  },
  examples: [
    { title: 'Make a home directory at the first login', params: { name: ['mkhomedir'] } },
    { title: 'Count failed logins, whoever edited the files', params: { name: ['faillock-notify', 'faillock'], force: true } },
  ],
  notes: [
    'What is compared is what login programs read, `/etc/pam.d/common-*`, with what the profiles say; so a line that was removed by hand is found.',
    'Without `force`, `pam-auth-update` leaves a file alone to which someone added lines of other modules, and the task fails.',
    'The profiles themselves are files: write them with `template` or `copy` in a task before.',
  ],
  reads: () => [`path:${PROFILES}`, 'path:/etc/pam.d'],
  touches: () => ['path:/etc/pam.d', 'path:/var/lib/pam'],

  probe: ({ name }) =>
    lines([
      sh`if command -v pam-auth-update >/dev/null; then echo tool=; fi`,
      ...STACKS.map(({ file }) => sh`[ ! -f ${file} ] || printf 'stack.%s=%s\\n' ${file} "$(base64 -w0 <${file})"`),
      ...name.map((one) => sh`[ ! -f ${path(one)} ] || printf 'profile.%s=%s\\n' ${one} "$(base64 -w0 <${path(one)})"`),
    ]),
  parse: ({ stdout }, { name }): PamState => {
    const found = keyValues(stdout)
    const text = (key: string): string | undefined => {
      const value = found.get(key)
      return value === undefined ? undefined : Buffer.from(value, 'base64').toString()
    }
    const stacks = new Map(STACKS.map(({ file }) => [file, text(`stack.${file}`) ?? '']))
    const profiles = name.map((one) => ({ name: one, text: text(`profile.${one}`) }))
    return {
      enabled: profiles.filter((one) => one.text !== undefined && isEnabled(one.text, stacks)).map((one) => one.name),
      unknown: profiles.filter((one) => one.text === undefined).map((one) => one.name),
      tool: found.has('tool') ? 'present' : 'absent',
    }
  },
  desired: ({ name, state }) => ({ enabled: state === 'present' ? name : [] }),
  converge: (current, _, { name, state, force }) => {
    if (current.tool === 'absent') throw new Refusal('there is no `pam-auth-update` on the host', 'this module is for Debian and Ubuntu')
    if (current.unknown.length > 0)
      throw new Refusal(
        `there is no profile \`${current.unknown.join('`, `')}\` in ${PROFILES}`,
        'write its file in a task before this one',
      )
    const verb = state === 'present' ? '--enable' : '--disable'
    return [sh`DEBIAN_FRONTEND=noninteractive pam-auth-update ${force ? '--force' : '--package'} ${verb} ${name}`]
  },
  describe: (current, { enabled = [] }, { name }) =>
    name
      .filter((one) => current.enabled.includes(one) !== enabled.includes(one))
      .map((one) => ({ what: `PAM profile ${one}`, from: onOrOff(current.enabled, one), to: onOrOff(enabled, one) })),
})

function path(name: string): string {
  return `${PROFILES}/${name}`
}

function onOrOff(enabled: readonly string[], name: string): string {
  return enabled.includes(name) ? 'on' : 'off'
}
