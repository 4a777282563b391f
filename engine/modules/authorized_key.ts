import { Content } from '../core/content.ts'
import { Refusal, defineModule } from '../core/module.ts'
import type { Params } from '../core/params.ts'
import { type Script, lines, sh, verbatim } from '../core/script.ts'
import { ACCOUNT_FORM, ACCOUNT_NAME } from './accounts.ts'
import { type AuthorizedKey, readKey, withKeys } from './authorized_keys_text.ts'
import { pathProblems } from './file_attributes.ts'
import { problemsWhere } from './problems.ts'
import { keyValues } from './text_lines.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['user', 'key'],
  properties: {
    user: { type: 'string', pattern: ACCOUNT_NAME.replace('[$]?', ''), form: ACCOUNT_FORM, description: 'Whose key it is.' },
    key: {
      type: 'array',
      items: { type: 'string' },
      minItems: 1,
      description: 'Public keys, each as one line; several lines in one text are several keys.',
    },
    state: { type: 'string', enum: ['present', 'absent'], default: 'present', description: 'Whether the keys may log in.' },
    exclusive: { type: 'boolean', default: false, description: 'Whether all other keys are removed.' },
    key_options: {
      type: 'string',
      pattern: '^[^\\n]*$',
      form: 'write the options on one line, with commas between them',
      description: 'Options of the keys, such as `from="10.0.0.0/24",no-pty`. Left out, those in `key`.',
    },
    comment: {
      type: 'string',
      pattern: '^[^\\n]*$',
      form: 'write the comment on one line',
      description: 'Comment of the keys. Left out, that in `key`.',
    },
    path: { type: 'string', format: 'path', description: 'Another file than `~/.ssh/authorized_keys`.' },
    manage_dir: { type: 'boolean', default: true, description: 'Whether the folder `~/.ssh` is made and kept private.' },
  },
} as const

type KeyParams = Params<typeof schema>

interface KeyState {
  readonly user: 'present' | 'absent'
  readonly text: string
  /** Owner and mode of the file, and of its folder; empty if not there. */
  readonly file: string
  readonly folder: string
}

export const authorizedKey = defineModule({
  kind: 'state',
  name: 'authorized_key',
  summary: 'Keep the public keys with which someone may log in.',
  schema,
  examples: [
    {
      title: 'An operator',
      params: { user: 'automation', key: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1Qy7Zr0b5pYbq8u1Rj1m3oY1gk0mZ0n9lJtq3m3m3m ana@desk'] },
    },
    {
      title: 'This key and no other, from the bastion only',
      params: {
        user: 'root',
        key: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1Qy7Zr0b5pYbq8u1Rj1m3oY1gk0mZ0n9lJtq3m3m3m ana@desk'],
        exclusive: true,
        key_options: 'from="10.42.0.1"',
      },
    },
  ],
  notes: [
    'The file is written as the user it belongs to, and refused where the user has put a symbolic link, so nobody can have root write elsewhere.',
    'Keys from a URL are refused: what can log in must stand in the inventory.',
    '`exclusive` removes comments too.',
  ],
  problems: (params) => keyProblems(params),
  reads: ({ user, path }) => (path === undefined ? ['*'] : [`user:${user}`, `path:${path}`]),
  touches: ({ path }) => (path === undefined ? ['*'] : [`path:${path}`]),
  // The file of a user whose home is not known here.
  disrupts: () => false,

  probe: (params) => probeKeys(params),
  parse: ({ stdout }, params): KeyState => {
    const found = keyValues(stdout)
    const link = found.get('link')
    if (link !== undefined) {
      throw new Refusal(
        `\`${link}\` is a symbolic link, so keys written there could end up anywhere`,
        `remove the link on the host, or name the file with \`path\` for \`${params.user}\``,
      )
    }
    return {
      user: found.has('home') || params.path !== undefined ? 'present' : 'absent',
      text: Buffer.from(found.get('text') ?? '', 'base64').toString(),
      file: found.get('file') ?? '',
      folder: found.get('folder') ?? '',
    }
  },
  desired: (params, current) => {
    const text = withKeys(current.text, { keys: keysOf(params), present: params.state === 'present', exclusive: params.exclusive })
    const kept = params.state === 'present' || current.file !== ''
    return {
      text,
      ...(kept && { file: `600 ${params.user}` }),
      ...(kept && params.manage_dir && params.path === undefined && { folder: `700 ${params.user}` }),
    }
  },
  converge: (current, desired, params) => {
    if (current.user === 'absent') throw new Refusal(`there is no user \`${params.user}\` on the host`, 'make the user before this task')
    return [writeKeys(desired.text ?? '', params)]
  },
  describe: (current, desired, { user }) => [
    ...(current.text === desired.text
      ? []
      : [
          {
            what: `keys of ${user}`,
            from: counted(current.text),
            to: counted(desired.text ?? ''),
            text: { before: current.text, after: desired.text ?? '' },
          },
        ]),
    ...(desired.file === undefined || current.file === desired.file || current.file === ''
      ? []
      : [{ what: `key file of ${user}`, from: current.file, to: desired.file }]),
    ...(desired.folder === undefined || current.folder === desired.folder
      ? []
      : [{ what: `.ssh of ${user}`, from: current.folder || 'absent', to: desired.folder }]),
  ],
})

function keyProblems({ key, path, exclusive, state }: KeyParams): readonly string[] {
  const rows = keyLines(key)
  return [
    ...problemsWhere(
      [rows.length === 0, '`key` holds no key'],
      [exclusive && state === 'absent', '`exclusive` has no meaning with `state: absent`'],
    ),
    ...rows.flatMap((row) => {
      if (/^https?:/.test(row)) return [`\`${row}\`: keys are not fetched from a URL; put the key into the inventory`]
      return readKey(row) ? [] : [`\`${row.slice(0, 40)}\` is no public key of OpenSSH`]
    }),
    ...(path === undefined ? [] : pathProblems('path', path)),
  ]
}

function keyLines(key: readonly string[]): readonly string[] {
  return key.flatMap((text) => text.split('\n')).flatMap((row) => (row.trim() === '' || row.trim().startsWith('#') ? [] : [row.trim()]))
}

function keysOf({ key, key_options, comment }: KeyParams): readonly AuthorizedKey[] {
  return keyLines(key).flatMap((row) => {
    const read = readKey(row)
    return read ? [{ ...read, options: key_options ?? read.options, comment: comment ?? read.comment }] : []
  })
}

/** The folder and the file; the shell itself knows where a user's home is. */
function place({ user, path }: KeyParams): Script {
  return path === undefined
    ? sh`home=${verbatim(`~${user}`)}; d="$home/.ssh"; f="$d/authorized_keys"`
    : sh`f=${path}; d=$(dirname -- "$f"); home=$d`
}

function probeKeys(params: KeyParams): Script {
  return lines([
    place(params),
    sh`case $home in /*) echo home=;; *) exit 0;; esac`,
    ...(params.path === undefined ? [sh`for p in "$d" "$f"; do if [ -L "$p" ]; then printf 'link=%s\\n' "$p"; exit 0; fi; done`] : []),
    sh`[ ! -d "$d" ] || printf 'folder=%s\\n' "$(stat -c '%a %U' -- "$d")"`,
    sh`[ ! -f "$f" ] || printf 'file=%s\\ntext=%s\\n' "$(stat -c '%a %U' -- "$f")" "$(base64 -w0 <"$f")"`,
  ])
}

/** Writes with the rights of the user where the folder is the user's: then a link the user makes meanwhile leads nowhere the user could not go. */
function writeKeys(text: string, params: KeyParams): Script {
  const { user, path, manage_dir } = params
  const home = path === undefined
  return lines([
    place(params),
    sh`own() { setpriv --reuid=${user} --regid="$(id -g -- ${user})" --init-groups "$@"; }`,
    sh`[ "$(id -u)" = 0 ] && [ "$(id -u -- ${user})" != 0 ] ${home ? sh`` : sh`&& ! [ -O "$d" ] `}|| own() { "$@"; }`,
    ...(home && manage_dir ? [sh`own mkdir -p -- "$d" && own chmod 0700 -- "$d" || exit 1`] : []),
    sh`t=$(own mktemp -- "$d/.holdfast.XXXXXXXXXX") || exit 1`,
    sh`trap 'own rm -f -- "$t"' EXIT; trap 'exit 1' HUP INT TERM`,
    sh`${Content.of(text)} | own tee -- "$t" >/dev/null || exit 1`,
    // Only a folder of root's own lets root give the file away safely; elsewhere it is the user's already.
    ...(home ? [] : [sh`[ "$(stat -c %U -- "$t")" = ${user} ] || chown -h -- ${user} "$t" || exit 1`]),
    sh`own chmod 0600 -- "$t" && own sync -- "$t" && own mv -fT -- "$t" "$f"`,
  ])
}

function counted(text: string): string {
  const count = text.split('\n').filter((row) => readKey(row) !== undefined).length
  return count === 1 ? '1 key' : `${count} keys`
}
