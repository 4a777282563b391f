import { posix } from 'node:path'
import { Refusal, defineModule } from '../core/module.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { attributeProblems, attributesOf, cleanPath, desiredAttributes, pathProblems, setAttributes } from './file_attributes.ts'
import { describeFile } from './file_changes.ts'
import { FILE_SCHEMA, type FileModuleState, type FileParams } from './file_params.ts'
import { convergeLink, desiredLink, linkProblems, probeLink, readLink } from './file_link.ts'
import { convergeTouch, desiredTouch, probeTouch, readTouch } from './file_touch.ts'
import { convergeTree, desiredTree, probeTree, readTree } from './file_tree.ts'
import { foldersTo, makeDirectory } from './make_directory.ts'
import { type Kind, type PathOptions, probePath, readPath } from './path_probe.ts'
import { problemsWhere } from './problems.ts'
import { inDirectoryOf, relativeName } from './real_directory.ts'
import { readsOf } from './whole_file.ts'

export const file = defineModule({
  kind: 'state',
  name: 'file',
  summary: 'Keep a directory, a link or the attributes of a path, or keep a path away.',
  schema: FILE_SCHEMA,
  examples: [
    {
      title: 'A directory only its owner may enter',
      params: { path: '/var/lib/gaiad', state: 'directory', owner: 'gaia', group: 'gaia', mode: '0700' },
    },
    { title: 'A link to the current release', params: { path: '/opt/gaiad/current', state: 'link', src: 'releases/v27.3.0' } },
    { title: 'No leftovers', params: { path: '/etc/motd.d/cockpit', state: 'absent' } },
  ],
  notes: [
    '`state: touch` counts as done if the times are less than 10 seconds old; `modification_time: preserve` with `access_time: preserve` only makes the file.',
    'For `state: link`, `owner` and `group` need `follow: false` and are those of the link itself; Ansible changes what the link leads to, which deserves a task of its own.',
    '`state: absent` removes a directory with all below it, but never reaches into another file system mounted there; a path that something is mounted on is refused.',
    'A path that leads through a symbolic link made by someone other than root or the user the task runs as is refused.',
  ],
  problems: (params) => [
    ...pathProblems('path', params.path),
    ...attributeProblems(params),
    ...stateProblems(params),
    ...linkProblems(params),
  ],
  reads: (params) => [
    ...readsOf(cleanPath(params.path), params),
    ...(params.src === undefined ? [] : [`path:${posix.resolve(posix.dirname(params.path), params.src)}`]),
  ],
  touches: (params) => {
    const path = cleanPath(params.path)
    return [`path:${path}`, ...(stateOf(params) === 'directory' ? foldersTo(path) : [])]
  },

  probe: (params) => lines([probePath(cleanPath(params.path), optionsOf(params)), ...furtherProbe(params)]),
  parse: ({ stdout }, params): FileModuleState => {
    const reading = readPath(stdout, cleanPath(params.path), optionsOf(params))
    return { ...reading, ...readLink(stdout, params), ...readTree(stdout, params), ...readTouch(stdout, reading, params) }
  },
  desired: (params, current): Partial<FileModuleState> => {
    const state = stateOf(params)
    if (state === 'absent') return { kind: 'absent' }
    if (state === 'link' || state === 'hard') return desiredLink(params, current)
    if (state === 'touch')
      return { ...desiredTouch(params, current), ...desiredAttributes(params, current, { directory: current.kind === 'directory' }) }
    if (state === 'directory') return desiredDirectory(params, current)
    return desiredPresent(params, current)
  },
  converge: (current, desired, params) => {
    if (desired.kind === 'absent') return [remove(current.path)]
    if (params.state === 'link' || params.state === 'hard') return [convergeLink(current, desired, params)]
    if (params.state === 'touch') return [convergeTouch(current, desired)]
    if (current.kind === 'absent') return [makeDirectory(current.path, desired)]
    return [
      inDirectoryOf(current.path, setAttributes(relativeName(current.path), attributesOf(current), desired)),
      ...convergeTree(current, desired, params),
    ]
  },
  describe: (current, desired, { path }) => describeFile(current, desired, path),
  result: ({ kind, path, owner, group, uid, gid, mode, size }, { state }) => ({
    ...(state === 'link' || state === 'hard' ? { dest: path } : { path }),
    state: kind,
    ...(kind !== 'absent' && { owner, group, uid, gid, mode, size }),
  }),
})

function stateProblems({ path, state, recurse, modification_time, access_time }: FileParams): readonly string[] {
  return problemsWhere(
    [state === 'absent' && cleanPath(path) === '/', '`/` cannot be removed'],
    [recurse && state !== undefined && state !== 'directory', '`recurse` needs `state: directory`'],
    [state !== 'touch' && (modification_time ?? access_time) !== undefined, '`modification_time` and `access_time` need `state: touch`'],
  )
}

function stateOf({ state, recurse }: FileParams): FileParams['state'] {
  return state ?? (recurse ? 'directory' : undefined)
}

function optionsOf({ state, follow, owner, group }: FileParams): PathOptions {
  return { follow: follow && state !== 'absent' && state !== 'link' && state !== 'hard', owner, group }
}

function furtherProbe(params: FileParams): readonly Script[] {
  const state = stateOf(params)
  if (state === 'link' || state === 'hard') return [probeLink(params)]
  if (state === 'touch') return [probeTouch()]
  return params.recurse ? [probeTree()] : []
}

function remove(path: string): Script {
  const name = relativeName(path)
  return inDirectoryOf(path, [
    // `rm` would empty what is mounted on the path itself before it finds that it cannot remove it.
    sh`if [ -d ${name} ] && [ ! -L ${name} ] && { mountpoint -q ${name} || [ "$(stat -c %d ${name})" != "$(stat -c %d .)" ]; } 2>/dev/null; then`,
    sh`printf '%s\\n' ${`something is mounted on \`${path}\`: unmount it first, with \`mount\``} >&2; exit 1`,
    sh`fi`,
    sh`rm -rf --one-file-system -- ${name} || exit 1`,
  ])
}

function desiredDirectory(params: FileParams, current: FileModuleState): Partial<FileModuleState> {
  if (current.kind !== 'directory' && current.kind !== 'absent') throw occupied(current, 'directory')
  return { kind: 'directory', ...desiredAttributes(params, current, { directory: true }), ...desiredTree(params, current) }
}

function desiredPresent(params: FileParams, current: FileModuleState): Partial<FileModuleState> {
  if (current.kind === 'absent')
    throw new Refusal(
      `there is nothing at \`${current.path}\``,
      'use `state: touch`, `copy` or `template` to make a file, `state: directory` to make a directory',
    )
  if (params.state === 'file' && current.kind !== 'file') throw occupied(current, 'file')
  if (current.kind === 'link' && params.mode !== undefined)
    throw new Refusal(`\`${current.path}\` is a link, which has no mode`, 'leave out `mode`, or use `follow: true`')
  return desiredAttributes(params, current, { directory: current.kind === 'directory' })
}

function occupied({ path, kind }: FileModuleState, wanted: Kind): Refusal {
  return new Refusal(`\`${path}\` is a ${kind}, not a ${wanted}`, 'remove it first with `state: absent`, or name another path')
}
