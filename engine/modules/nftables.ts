import { posix } from 'node:path'
import { Content } from '../core/content.ts'
import { type Change, type Given, Refusal, defineModule } from '../core/module.ts'
import type { Params } from '../core/params.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { writeFile } from './atomic_write.ts'
import { cleanPath, pathProblems } from './file_attributes.ts'
import { foldersTo, makeDirectory } from './make_directory.ts'
import { armRevert, confirmTable, disarmUnless, loadTable, probeTable, trial } from './nftables_script.ts'
import { canonical, complaint, removal, replacement } from './nftables_text.ts'
import { problemsWhere } from './problems.ts'
import { keyValues } from './text_lines.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['table'],
  properties: {
    table: {
      type: 'string',
      aliases: ['name'],
      pattern: '^[A-Za-z_][A-Za-z0-9_-]*$',
      form: 'write the bare name, in letters, digits, `_` and `-`; the family belongs into `family`',
      description: 'Name of the one table that is kept; no other is touched.',
    },
    family: {
      type: 'string',
      enum: ['inet', 'ip', 'ip6', 'arp', 'bridge', 'netdev'],
      default: 'inet',
      description: 'Which packets the table sees.',
    },
    rules: { type: 'string', description: 'What stands between the braces of the table: sets, chains, counters, in the language of nft.' },
    src: { type: 'string', format: 'source', description: 'A template of the role or playbook that gives `rules`.' },
    state: { type: 'string', enum: ['present', 'absent'], default: 'present', description: 'Whether the table should exist.' },
    path: {
      type: 'string',
      format: 'path',
      description:
        'File in which the rules are kept for the next boot, once they are confirmed, for root alone to write (mode 0640); `/etc/nftables.conf` has to include it.',
    },
    revert_after: {
      type: 'integer',
      minimum: 0,
      maximum: 3600,
      default: 60,
      description: 'Seconds after which the host brings its old rules back, unless a new connection has confirmed the new ones. 0: never.',
    },
  },
} as const

type TableParams = Params<typeof schema>

interface TableState {
  readonly nft: boolean
  /** The table as it is, in the words of the host's own nft. */
  readonly ruleset: string
  /** The table as it should be, in the same words; empty if nft does not take the rules. */
  readonly wanted: string
  readonly complaint: string
  /** Digest of the file for the next boot; empty: not there. */
  readonly file: string
  /** Who may do what with that file, which root loads at boot; empty: not there. */
  readonly access: string
  /** A change waits for its confirmation, and will be taken back without one. */
  readonly trial: 'none' | 'pending'
}

export const nftables = defineModule({
  kind: 'state',
  name: 'nftables',
  summary: 'Keep one table of nftables, replaced in a single transaction, and never lock the operator out.',
  schema,
  examples: [
    {
      title: 'Default deny, with SSH from the bastion',
      params: {
        table: 'holdfast',
        rules:
          'chain input {\n  type filter hook input priority filter; policy drop;\n  iif lo accept\n  ct state established,related accept\n  ip saddr 10.42.0.1 tcp dport 22 accept\n}\n',
        path: '/etc/nftables.d/holdfast.nft',
      },
    },
    { title: 'Rules from a template of the role', params: { table: 'holdfast', src: 'firewall.nft.hbs', revert_after: 30 } },
  ],
  notes: [
    'The wanted rules are loaded into a network namespace of their own on the host, and the two listings of the same nft are compared. So a rule may not use `iif` with an interface other than `lo`: use `iifname`.',
    'What counters have counted and what dynamic sets have learned is no difference. It is lost when the rules change.',
    'A change is on trial until the engine has reached the host over a new connection: established connections pass even wrong rules. Only then the file for the next boot is written, so a reboot heals too.',
    'Rules of other programs in other tables (fail2ban, containers) stay. Do not restart `nftables.service`, which flushes everything; reload it.',
  ],
  problems: (params) => tableProblems(params),
  sources: ({ src }): { readonly [name: string]: { readonly kind: 'template'; readonly path: string } } =>
    src === undefined ? {} : { rules: { kind: 'template', path: src } },
  reads: ({ family, table, path }) => [
    `nftables:${family} ${table}`,
    'path:/etc/passwd',
    'path:/etc/group',
    'package:nftables',
    ...(path === undefined ? [] : [`path:${path}`]),
  ],
  touches: ({ family, table, path }) => [
    `nftables:${family} ${table}`,
    ...(path === undefined ? [] : [`path:${path}`, ...foldersTo(posix.dirname(path))]),
  ],
  disrupts: () => true,

  probe: (params, given) =>
    lines([probeTable(params, params.state === 'absent' ? undefined : textOf(params, given)), probeTrial(params), ...probeFile(params)]),
  parse: ({ stdout }): TableState => {
    const found = keyValues(stdout)
    const text = (key: string): string => Buffer.from(found.get(key) ?? '', 'base64').toString()
    return {
      nft: found.get('nft') !== 'absent',
      ruleset: canonical(text('current')),
      wanted: canonical(text('wanted')),
      complaint: complaint(text('complaint')),
      file: (found.get('file') ?? '').replace(/ .*/, ''),
      access: found.get('access') ?? '',
      trial: found.has('trial') ? 'pending' : 'none',
    }
  },
  desired: (params, current, given) => {
    const { state, path } = params
    // Rules nft does not take, or cannot be asked about yet, cannot be what is there.
    const ruleset = current.wanted === '' ? '(rules that nft has not taken)' : current.wanted
    return {
      ruleset: state === 'absent' ? '' : ruleset,
      trial: 'none' as const,
      ...(path !== undefined &&
        (state === 'absent' ? NO_FILE : { file: textOf(params, given).sha256, access: `${ACCESS.mode} ${ACCESS.owner}:${ACCESS.group}` })),
    }
  },
  converge: (current, desired, params, given) => {
    if (!current.nft) throw new Refusal('there is no `nft` on the host', 'install the package `nftables` before this task')
    if (current.complaint !== '') throw new Refusal(`nft does not take the rules: ${current.complaint}`)
    if (desired.ruleset !== current.ruleset) return change(params, given)
    return params.revert_after > 0 && current.trial === 'pending' ? [] : [settle(params, given)]
  },
  confirm: (params, given) => (params.revert_after > 0 ? settle(params, given) : undefined),
  describe: (current, desired, params) => describeTable(current, desired, params),
  result: ({ ruleset }, { family, table }) => ({ family, table, loaded: ruleset !== '' }),
})

/** The file is loaded by root at every boot, so nobody else may write it. */
const ACCESS = { mode: '0640', owner: 'root', group: 'root' } as const
const NO_FILE = { file: '', access: '' } as const

function tableProblems({ rules, src, state, path }: TableParams): readonly string[] {
  const given = [rules, src].filter((text) => text !== undefined).length
  return [
    ...problemsWhere(
      [state === 'present' && given === 0, '`nftables` needs `rules` or `src`'],
      [given === 2, '`nftables` takes `rules` or `src`, not both'],
      [
        /^\s*(?:table|flush|delete|add)\s/.test(rules ?? ''),
        '`rules` is what stands between the braces of the table: leave the `table … { }` around it out',
      ],
    ),
    ...(path === undefined ? [] : pathProblems('path', path)),
  ]
}

function textOf(params: TableParams, { sources }: Given): Content {
  const source = sources['rules']
  const rules = source?.bytes === undefined ? (params.rules ?? '') : Buffer.from(source.bytes).toString()
  return Content.of(replacement(params, rules))
}

function probeTrial(params: TableParams): Script {
  return sh`[ ! -e ${trial(params).saved} ] || echo trial=`
}

function probeFile({ path }: TableParams): readonly Script[] {
  return path === undefined
    ? []
    : [sh`[ ! -f ${path} ] || printf 'file=%s\\naccess=%s\\n' "$(sha256sum <${path})" "$(stat -Lc '%04a %U:%G' -- ${path})"`]
}

/** Loads the new rules, on trial if that is asked for. */
function change(params: TableParams, given: Given): readonly Script[] {
  const content = params.state === 'absent' ? Content.of(removal(params)) : textOf(params, given)
  const load = loadTable(content)
  if (params.revert_after === 0) return [load, settle(params, given)]
  return [armRevert(params, params.revert_after), disarmUnless(load, params)]
}

/** Ends a trial, if there is one, and keeps the rules for the next boot. */
function settle(params: TableParams, given: Given): Script {
  return confirmTable(params, keep(params, given))
}

function keep(params: TableParams, given: Given): Script {
  if (params.path === undefined) return sh`true`
  const path = cleanPath(params.path)
  if (params.state === 'absent') return sh`rm -f -- ${path}`
  const current = { kind: 'absent', path, mtime: '', mode: '', owner: '', group: '' } as const
  const write = writeFile({ current, desired: ACCESS, content: textOf(params, given) })
  return sh`{\n${makeDirectory(posix.dirname(path), {})} && ${write}\n}`
}

function describeTable(current: TableState, desired: Partial<TableState>, { family, table, path = '' }: TableParams): readonly Change[] {
  const name = `table ${family} ${table}`
  return [
    ...(desired.ruleset === current.ruleset ? [] : [rulesChange(name, current, desired.ruleset ?? '')]),
    ...(current.trial === 'pending' ? [{ what: name, from: 'on trial', to: 'confirmed' }] : []),
    ...fileChanges(path, current, desired),
  ]
}

function fileChanges(what: string, current: TableState, desired: Partial<TableState>): readonly Change[] {
  if (desired.file === undefined) return []
  if (desired.file !== current.file)
    return [{ what, from: current.file === '' ? 'absent' : 'other rules', to: desired.file === '' ? 'absent' : 'the rules' }]
  return desired.access === current.access ? [] : [{ what, from: current.access, to: desired.access ?? '' }]
}

function rulesChange(what: string, { ruleset, wanted }: TableState, after: string): Change {
  const known = after === wanted || after === ''
  return { what, from: sizeOf(ruleset), to: known ? sizeOf(after) : 'new rules', ...(known && { text: { before: ruleset, after } }) }
}

function sizeOf(ruleset: string): string {
  return ruleset === '' ? 'absent' : `${ruleset.split('\n').length - 1} lines`
}
