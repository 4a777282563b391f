import { posix } from 'node:path'
import type { Json } from '../core/json.ts'
import { type Output, defineModule } from '../core/module.ts'
import type { Params } from '../core/params.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { cleanPath, pathProblems } from './file_attributes.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['path'],
  properties: {
    path: { type: 'string', format: 'path', aliases: ['dest', 'name'], description: 'The path to look at.' },
    follow: { type: 'boolean', default: false, description: 'If the path is a link, look at what it leads to.' },
    get_checksum: { type: 'boolean', default: true, description: 'Read the file for its digest.' },
    checksum_algorithm: {
      type: 'string',
      enum: ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'],
      default: 'sha256',
      description: 'Digest to compute; Ansible takes `sha1` if not told otherwise.',
    },
    get_mime: { type: 'boolean', default: false, description: 'Known so that playbooks may switch it off; it cannot be switched on.' },
    get_attributes: {
      type: 'boolean',
      default: false,
      description: 'Known so that playbooks may switch it off; it cannot be switched on.',
    },
  },
} as const

type StatParams = Params<typeof schema>

export const stat = defineModule({
  kind: 'query',
  name: 'stat',
  summary: 'Find out what stands at a path.',
  schema,
  examples: [
    { title: 'Is there a node key?', params: { path: '/var/lib/gaiad/config/node_key.json', get_checksum: false } },
    { title: 'What a link leads to', params: { path: '/opt/gaiad/current', follow: true } },
  ],
  notes: [
    'The registered `stat` has the keys Ansible gives it, without `mimetype`, `charset`, `attributes` and `version`.',
    '`checksum` is a SHA-256 unless `checksum_algorithm` says otherwise; in Ansible it is a SHA-1.',
  ],
  problems: ({ path, get_mime, get_attributes }) => [
    ...pathProblems('path', path),
    ...(get_mime ? ['`get_mime` cannot be switched on: ask `file --mime` with `command`'] : []),
    ...(get_attributes ? ['`get_attributes` cannot be switched on: ask `lsattr` with `command`'] : []),
  ],
  reads: ({ path }) => [`path:${cleanPath(path)}`],

  run: (params) => script(params),
  outcome: (output, params) =>
    output.rc === 0
      ? { failed: false, changed: false, values: { stat: readStat(output, params) } }
      : { failed: true, changed: false, message: output.stderr.trim(), values: {} },
})

function script({ path, follow, get_checksum, checksum_algorithm }: StatParams): Script {
  return lines([
    sh`p=${cleanPath(path)}`,
    sh`s=$(stat ${follow ? sh`-L ` : sh``}-c '%f %u %g %s %.9X %.9Y %.9Z %d %i %h |%U|%G|' -- "$p" 2>&1) || case $s in
*': No such file or directory'|*': Not a directory') exit 0;;
*) printf '%s\\n' "$s" >&2; exit 1;; esac
printf 'stat %s\\n' "$s"`,
    sh`for m in r w x; do [ ! -$m "$p" ] || echo "may$m"; done`,
    sh`[ ! -L "$p" ] || printf 'link %s %s\\n' "$(readlink -n -- "$p" | base64 -w0)" "$(readlink -mn -- "$p" | base64 -w0)"`,
    ...(get_checksum ? [sh`case $s in 8*) printf 'digest '; ${`${checksum_algorithm}sum`} < "$p" || exit 1;; esac`] : []),
  ])
}

function readStat({ stdout }: Output, { path, follow }: StatParams): { readonly [key: string]: Json } {
  const found = new Map(stdout.split('\n').map((line) => [line.split(' ', 1)[0] ?? '', line.slice(line.indexOf(' ') + 1)]))
  const line = found.get('stat')
  if (line === undefined) return { exists: false }
  const [numbers = '', owner = '', group = ''] = line.split('|')
  const mode = Number.parseInt(numbers, 16)
  const digest = found.get('digest')?.split(' ')[0]
  return {
    exists: true,
    path: cleanPath(path),
    mode: (mode & 0o7777).toString(8).padStart(4, '0'),
    ...kindFlags(mode),
    ...permissionFlags(mode),
    ...numberKeys(numbers),
    ...(owner !== 'UNKNOWN' && { pw_name: owner }),
    ...(group !== 'UNKNOWN' && { gr_name: group }),
    ...{ readable: found.has('mayr'), writeable: found.has('mayw'), executable: found.has('mayx') },
    ...(follow ? {} : linkKeys(found.get('link'), path)),
    ...(digest !== undefined && { checksum: digest }),
  }
}

const NUMBERS = ['uid', 'gid', 'size', 'atime', 'mtime', 'ctime', 'dev', 'inode', 'nlink']

function numberKeys(numbers: string): { readonly [key: string]: number } {
  const [, ...values] = numbers.split(' ')
  return Object.fromEntries(NUMBERS.map((key, i) => [key, Number(values[i])]))
}

const FILE_TYPES = { isfifo: 1, ischr: 2, isdir: 4, isblk: 6, isreg: 8, islnk: 10, issock: 12 } as const

function kindFlags(mode: number): { readonly [key: string]: boolean } {
  return Object.fromEntries(Object.entries(FILE_TYPES).map(([key, type]) => [key, mode >> 12 === type]))
}

const PERMISSIONS = {
  ...{ isuid: 0o4000, isgid: 0o2000, rusr: 0o400, wusr: 0o200, xusr: 0o100 },
  ...{ rgrp: 0o40, wgrp: 0o20, xgrp: 0o10, roth: 0o4, woth: 0o2, xoth: 0o1 },
} as const

function permissionFlags(mode: number): { readonly [key: string]: boolean } {
  return Object.fromEntries(Object.entries(PERMISSIONS).map(([key, bit]) => [key, (mode & bit) !== 0]))
}

function linkKeys(link: string | undefined, path: string): { readonly [key: string]: string } {
  if (link === undefined) return {}
  const [target = '', source = ''] = link.split(' ').map((text) => Buffer.from(text, 'base64').toString())
  return { lnk_target: target, lnk_source: source === '' ? posix.resolve(posix.dirname(path), target) : source }
}
