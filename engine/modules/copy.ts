import { posix } from 'node:path'
import { Content } from '../core/content.ts'
import { type Given, type Source, defineModule } from '../core/module.ts'
import type { Params } from '../core/params.ts'
import { lines, sh } from '../core/script.ts'
import { type Tree, convergeTree, desiredTree, probeTree, readTree, treeChanges, type Parts, partsOf } from './copy_tree.ts'
import { ATTRIBUTE_PARAMS, type Attributes, attributeProblems, cleanPath, desiredAttributes, pathProblems } from './file_attributes.ts'
import { defined } from './defined.ts'
import { foldersTo, makeDirectory } from './make_directory.ts'
import { type PathOptions, probePath, readPath } from './path_probe.ts'
import { problemsWhere } from './problems.ts'
import { readPin } from './url_fetch.ts'
import { validateProblems } from './shell_words.ts'
import {
  type FileState,
  WHOLE_FILE_PARAMS,
  convergeFile,
  desiredFile,
  fileChanges,
  fileResult,
  lackingFolder,
  newContent,
  readsOfFile,
} from './whole_file.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['dest'],
  properties: {
    src: {
      type: 'string',
      format: 'source',
      description:
        'File or folder of the role or playbook; of a folder that ends in `/`, what is in it. With `remote_src`, a file of the host.',
    },
    content: { type: 'string', secret: true, description: 'The content itself, instead of `src`. May be a secret.' },
    checksum: {
      type: 'string',
      description: 'The digest the file must have, `sha256:` and 64 hexadecimal digits; looked at before anything is sent.',
    },
    dest: {
      type: 'string',
      format: 'path',
      description: 'Where the file goes. If it is a directory or ends in `/`, the name of `src` is added.',
    },
    ...ATTRIBUTE_PARAMS,
    directory_mode: {
      type: 'string',
      format: 'mode',
      description: 'Permissions of directories that have to be made; those that exist keep theirs.',
    },
    remote_src: { type: 'boolean', default: false, description: 'Take `src` from the host instead of from the controller.' },
    ...WHOLE_FILE_PARAMS,
  },
} as const

type CopyParams = Params<typeof schema>

interface CopyState extends FileState {
  /** If `src` is a folder, what is at the place of each part of it. */
  readonly tree?: Tree
  /** Digest of the file on the host that `remote_src` names. */
  readonly source?: string
}

export const copy = defineModule({
  kind: 'state',
  name: 'copy',
  summary: 'Copy a file, a folder or given text to the host.',
  schema,
  examples: [
    { title: 'A file of the role', params: { src: 'motd', dest: '/etc/motd', owner: 'root', group: 'root', mode: '0644' } },
    { title: 'Text from the playbook', params: { content: 'vm.swappiness=1\n', dest: '/etc/sysctl.d/60-swap.conf', mode: '0644' } },
    {
      title: 'Never let a broken file become the real one',
      params: { src: 'sudoers', dest: '/etc/sudoers', mode: '0440', validate: 'visudo -cf %s' },
    },
  ],
  notes: [
    'The new file is complete, checked and on disk before it takes its place, and keeps the ACL and extended attributes of the old one.',
    'Unlike in Ansible, secret content without a `mode` gets 0600, `validate` and `backup` see the file before anything has changed, and `mode: preserve` is not known.',
    'Unlike in Ansible, where `checksum` is a SHA-1 looked at on the host, a file that is not the pinned one fails the task in check mode too, and where the host has it already.',
    'A path that leads through a symbolic link made by someone other than root or the user the task runs as is refused.',
    'A folder is copied with everything in it. Of its files, `mode`, `owner` and `group` are kept; the folders get `directory_mode` when they are made, and files that are not in it stay.',
    'A difference is not shown for secret content, nor where only the owner may read the present file.',
  ],
  problems: (params) => [
    ...sourceProblems(params),
    ...pinProblems(params),
    ...pathProblems('dest', params.dest),
    ...attributeProblems(params),
    ...attributeProblems(defined({ mode: params.directory_mode })),
    ...validateProblems(params.validate),
  ],
  sources: ({ src, remote_src, checksum }): { readonly src?: Source } =>
    src === undefined || remote_src ? {} : { src: { kind: 'tree', path: src, ...pinOf(checksum) } },
  reads: (params) => [
    ...readsOfFile(cleanPath(params.dest), params),
    ...(params.remote_src && params.src !== undefined ? [`path:${cleanPath(params.src)}`] : []),
  ],
  touches: ({ src, dest, remote_src, backup }) => {
    const path = cleanPath(dest)
    const mayMakeFolders = dest.endsWith('/') || (src !== undefined && !remote_src)
    return [`path:${path}`, ...(mayMakeFolders ? foldersTo(path) : []), ...(backup ? [`path:${posix.dirname(path)}`] : [])]
  },

  probe: (params, given) => {
    const tree = folderOf(params, given)
    if (tree) return probeTree(treeRoot(params), tree, params)
    const probe = probePath(destination(params), optionsOf(params, given))
    return params.remote_src ? lines([probe, sh`printf 'source '; sha256sum < ${params.src ?? ''} || exit 1`]) : probe
  },
  parse: ({ stdout }, params, given): CopyState => {
    if (folderOf(params, given)) {
      const { root, tree } = readTree(stdout, treeRoot(params), params)
      return { ...root, tree }
    }
    const source = /^source ([0-9a-f]{64}) /m.exec(stdout)?.[1]
    return { ...readPath(stdout, destination(params), optionsOf(params, given)), ...defined({ source }) }
  },
  desired: (params, current, given): Partial<CopyState> => {
    const tree = folderOf(params, given)
    if (tree) return { kind: 'directory', tree: { ...current.tree, ...desiredTree(params, rootAndTree(current), tree) } }
    if (!params.force && current.kind !== 'absent') return desiredAttributes(params, current)
    return desiredFile(params, current, contentOf(params, given) ?? { sha256: current.source ?? '', sensitive: false })
  },
  lacks: (current, params) => (params.dest.endsWith('/') ? undefined : lackingFolder(current)),
  converge: (current, desired, params, given) => {
    const tree = folderOf(params, given)
    if (tree) return convergeTree(params, { ...rootAndTree(current), desired: desired.tree ?? {} }, tree)
    const content = contentOf(params, given) ?? { print: sh`cat < ${params.src ?? ''}`, sha256: current.source ?? '' }
    const makesFolder = params.dest.endsWith('/') && current.kind === 'absent'
    return [
      ...(makesFolder ? [makeDirectory(posix.dirname(current.path), folderAttributes(params))] : []),
      convergeFile({ current, desired }, content, params),
    ]
  },
  describe: (current, desired, params, given) => {
    if (desired.tree) return treeChanges({ ...rootAndTree(current), desired: desired.tree })
    const content = contentOf(params, given)
    return fileChanges(current, desired, content ? newContent(content) : { after: undefined, size: 0, sensitive: false })
  },
  result: (state, params, before) => ({ ...fileResult(state, before, params), ...defined({ src: params.src }) }),
})

function folderOf(params: CopyParams, given: Given): Parts | undefined {
  return params.content === undefined && !params.remote_src ? partsOf(given) : undefined
}

function rootAndTree({ tree = {}, ...root }: CopyState): { readonly root: FileState; readonly tree: Tree } {
  return { root, tree }
}

/** A `src` that ends in a slash means what is in the folder, else the folder itself. */
function treeRoot({ src = '', dest }: CopyParams): string {
  return src.endsWith('/') ? cleanPath(dest) : posix.join(cleanPath(dest), posix.basename(src))
}

function folderAttributes(params: CopyParams): Partial<Attributes> {
  const nothing = { mode: '', owner: '', group: '' }
  return desiredAttributes({ ...params, mode: params.directory_mode ?? '0755' }, nothing, { directory: true })
}

function pinProblems({ src, remote_src, checksum }: CopyParams): readonly string[] {
  if (checksum === undefined) return []
  const pin = readPin(checksum)
  return [
    ...('problem' in pin ? [pin.problem] : []),
    ...problemsWhere([remote_src || src === undefined, '`checksum` is for a `src` of the controller']),
  ]
}

function pinOf(checksum: string | undefined): { readonly sha256?: string } {
  const pin = checksum === undefined ? undefined : readPin(checksum)
  return pin && 'sha256' in pin ? pin : {}
}

function sourceProblems({ src, content, dest, remote_src }: CopyParams): readonly string[] {
  return [
    ...problemsWhere(
      [src === undefined && content === undefined, '`copy` needs `src` or `content`'],
      [src !== undefined && content !== undefined, '`src` and `content` exclude each other'],
      [content !== undefined && dest.endsWith('/'), 'with `content`, `dest` must name a file'],
      [remote_src && src === undefined, '`remote_src` needs `src`'],
    ),
    ...(remote_src && src !== undefined ? pathProblems('src', src) : []),
  ]
}

function contentOf({ content, remote_src }: CopyParams, { sources }: Given): Content | undefined {
  if (content !== undefined) return Content.of(content)
  if (remote_src) return undefined
  return sources['src']
}

/** A `dest` that ends in `/` is a directory, whether it exists or not. */
function destination({ dest, src }: CopyParams): string {
  return dest.endsWith('/') && src !== undefined ? posix.join(cleanPath(dest), posix.basename(src)) : cleanPath(dest)
}

function optionsOf(params: CopyParams, given: Given): PathOptions {
  const { src, owner, group, follow } = params
  const wanted = contentOf(params, given)
  const inside = src === undefined || params.dest.endsWith('/') ? {} : { inside: posix.basename(src) }
  return { follow, ...inside, folder: true, owner, group, content: wanted ? { wanted, diff: given.diff } : 'digest' }
}
