import { type Change, defineModule } from '../core/module.ts'
import { Secret } from '../core/secret.ts'
import { ACCOUNT_FILES, ACCOUNT_FORM, ACCOUNT_NAME } from './accounts.ts'
import { foldersTo } from './make_directory.ts'
import { LINGERING } from './user_rootless.ts'
import { changeUser, createUser, removeUser } from './user_change.ts'
import { type UserState, desiredUser, probeUser, readUser } from './user_state.ts'

export const user = defineModule({
  kind: 'state',
  name: 'user',
  summary: 'Keep a local user account.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: { type: 'string', aliases: ['user'], pattern: ACCOUNT_NAME, form: ACCOUNT_FORM, description: 'Login name.' },
      uid: { type: 'integer', minimum: 0, description: 'Number of the user. Left out, the host chooses.' },
      non_unique: { type: 'boolean', default: false, description: 'Allow a number that another user has too.' },
      group: { type: 'string', description: 'Primary group, by name or number. Left out, a new user gets a group of its own.' },
      groups: { type: 'array', items: { type: 'string' }, description: 'Further groups. An empty list: none.' },
      append: {
        type: 'boolean',
        default: false,
        description: 'Keep further groups that are not in `groups`; otherwise the user leaves them.',
      },
      shell: { type: 'string', format: 'path', description: 'Login shell.' },
      home: { type: 'string', format: 'path', description: 'Home directory.' },
      create_home: { type: 'boolean', default: true, description: 'Make the home directory, from `skeleton`, if it is missing.' },
      move_home: { type: 'boolean', default: false, description: 'Take the content along when `home` changes.' },
      skeleton: { type: 'string', format: 'path', default: '/etc/skel', description: 'What a new home directory is a copy of.' },
      system: {
        type: 'boolean',
        default: false,
        description: 'Take the number from the range for system users; matters only when the user is made.',
      },
      comment: {
        type: 'string',
        pattern: '^[^:\\n]*$',
        form: 'write it on one line and without a colon',
        description: 'Full name or purpose.',
      },
      password: {
        type: 'string',
        secret: true,
        description: 'Hash of the password, as `mkpasswd` makes it; `!` or `*` for none. Never the password itself.',
      },
      update_password: {
        type: 'string',
        enum: ['always', 'on_create'],
        default: 'always',
        description: 'Whether the password of an existing user is kept as declared.',
      },
      password_lock: { type: 'boolean', description: 'Whether logging in by password is impossible.' },
      password_expire_max: { type: 'integer', minimum: -1, description: 'Days after which the password must be changed; -1: never.' },
      password_expire_min: { type: 'integer', minimum: 0, description: 'Days before which it cannot be changed.' },
      password_expire_warn: { type: 'integer', minimum: 0, description: 'Days of warning before it must be changed.' },
      expires: { type: 'number', description: 'When the account ends, in seconds since 1970; a negative number: never.' },
      linger: {
        type: 'boolean',
        description: 'Whether the user’s own systemd runs from boot on, without a login, as containers without root need it.',
      },
      subordinate_ids: {
        type: 'integer',
        minimum: 65_536,
        description: 'First of the 65536 ids, of users and of groups, that containers of the user may have.',
      },
      state: { type: 'string', enum: ['present', 'absent'], default: 'present', description: 'Whether the user should exist.' },
      remove: { type: 'boolean', default: false, description: 'With `state: absent`, remove the home directory and the mail too.' },
      force: { type: 'boolean', default: false, description: 'With `state: absent`, remove the user even while logged in.' },
      generate_ssh_key: {
        type: 'boolean',
        description: 'Refused: a private key that a host made is a key nobody else has a copy or a record of.',
      },
    },
  },
  examples: [
    {
      title: 'The user the automation logs in as',
      params: { name: 'automation', shell: '/bin/bash', groups: ['adm'], append: true, password: '*' },
    },
    { title: 'A user for one service', params: { name: 'gaiad', system: true, home: '/var/lib/gaiad', shell: '/usr/sbin/nologin' } },
    { title: 'A user that runs containers', params: { name: 'horcrux', system: true, subordinate_ids: 600_200_000, linger: true } },
    { title: 'Someone who left', params: { name: 'ben', state: 'absent', remove: true } },
  ],
  notes: [
    'Only accounts in `/etc/passwd` are looked at, not those of a directory service.',
    'The hash of the password is compared on the host and never brought to the controller; it is set through standard input.',
    '`subordinate_ids` is refused where another user has one of the ids already. Those that useradd gives end at 600100000.',
    'Files keep their old owner when `uid` changes. What `remove` removed cannot be brought back.',
  ],
  problems: ({ password, append, groups, generate_ssh_key, state }) => [
    ...(generate_ssh_key === undefined
      ? []
      : ['`generate_ssh_key` is refused: make the key where it is kept, and bring it with `copy` as a secret']),
    ...(password === undefined || isHash(password)
      ? []
      : ['`password` must be the hash of a password: make one with `mkpasswd --method=yescrypt`']),
    ...(append && groups === undefined && state !== 'absent' ? ['`append` needs `groups`'] : []),
  ],
  disrupts: ({ state, linger }) => state === 'absent' || linger !== undefined,
  reads: ({ name, linger }) => [`user:${name}`, ...ACCOUNT_FILES, 'path:/home', ...(linger === undefined ? [] : LINGERING)],
  touches: ({ name, home, linger }) =>
    home === undefined
      ? ['*']
      : [
          `user:${name}`,
          `group:${name}`,
          ...ACCOUNT_FILES,
          `path:${home}`,
          ...foldersTo(home),
          'path:/var/mail',
          ...(linger === undefined ? [] : LINGERING),
        ],

  probe: (params) => probeUser(params),
  parse: ({ stdout }, params): UserState => readUser(stdout, params),
  desired: (params, current) => desiredUser(params, current),
  converge: (current, desired, params) => {
    if (!desired.exists) return [removeUser(params)]
    return current.exists ? changeUser(current, desired, params) : createUser(current, desired, params)
  },
  describe: (current, desired, { name }) => describeUser(current, desired, name),
  result: (state, { name }) => ({
    name,
    state: state.exists ? 'present' : 'absent',
    ...(state.exists && {
      uid: state.uid,
      group: state.gid,
      groups: state.groups.join(','),
      home: state.home,
      shell: state.shell,
      comment: state.comment,
    }),
  }),
})

function isHash(password: string | Secret): boolean {
  return HASH.test(password instanceof Secret ? password.reveal() : password)
}

const HASH = /^!?(?:\$[0-9A-Za-z]+\$\S+|[./0-9A-Za-z]{13}|[!*]+)?$/

function describeUser(current: UserState, desired: Partial<UserState>, name: string): readonly Change[] {
  if (current.exists !== desired.exists)
    return [{ what: name, from: current.exists ? 'present' : 'absent', to: desired.exists ? 'present' : 'absent' }]
  return Object.entries(desired).flatMap(([field, wanted]) => {
    const now = current[field as keyof UserState]
    const [from, to] = [shown(now), shown(wanted)]
    return from === to ? [] : [{ what: field.replaceAll('_', ' '), from, to }]
  })
}

function shown(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : String(value ?? '')
}
