import { posix } from 'node:path'
import type { Content } from '../core/content.ts'
import { type Change, type Given, Refusal } from '../core/module.ts'
import { type Script, lines, sh } from '../core/script.ts'
import { type AttributeParams, attributesOf, desiredAttributes } from './file_attributes.ts'
import { makeDirectory } from './make_directory.ts'
import { type PathReading, probePath, readPath, readStat } from './path_probe.ts'
import { type FileState, convergeFile, desiredFile, fileChanges } from './whole_file.ts'

/** What is at the place of each part of a folder, by its path in it. */
export interface Tree {
  readonly [relative: string]: FileState
}

/** What a folder is made of, by the path in it: contents of files, and folders in it. */
export type Parts = ReadonlyMap<string, Content | 'folder'>

export interface TreeParams extends AttributeParams {
  readonly directory_mode?: string
  readonly force: boolean
  readonly backup: boolean
  readonly validate?: string
}

/** The parts of the folder that `src` is; undefined if it is a file. */
export function partsOf({ sources }: Given): Parts | undefined {
  if (sources['src']) return undefined
  const names = Object.keys(sources).filter((name) => name.startsWith('src/'))
  return new Map(
    names.sort().map((name) => (name.endsWith('/') ? [name.slice(4, -1), 'folder'] : [name.slice(4), sources[name] ?? 'folder'])),
  )
}

/** Looks at the place of every part at once: one call of stat and one of sha256sum, whatever their number. */
export function probeTree(root: string, parts: Parts, { owner, group }: AttributeParams): Script {
  const names = [...parts.keys()].map((name) => `./${name}`)
  if (names.length === 0) return probePath(root, { follow: true, owner, group })
  return lines([
    probePath(root, { follow: true, owner, group }),
    sh`case $s in 4*) cd -P -- "$p" || exit 1; set -- ${names}
printf 'parts %s\\n' "$(stat --printf '%n\\0%f %u %g %s %.9Y %d:%i |%U|%G|\\0' -- "$@" 2>/dev/null | base64 -w0)"
for f do shift; [ ! -f "$f" ] || [ -L "$f" ] || set -- "$@" "$f"; done
[ $# = 0 ] || { h=$(sha256sum -z -- "$@" | base64 -w0) && printf 'digests %s\\n' "$h"; } || exit 1;; esac`,
  ])
}

export function readTree(
  stdout: string,
  root: string,
  { owner, group }: AttributeParams,
): { readonly root: PathReading; readonly tree: Tree } {
  const options = { follow: true, owner, group }
  const reading = readPath(stdout, root, options)
  const line = (word: string) => new RegExp(`^${word} (.*)$`, 'm').exec(stdout)?.[1]
  const parts = decode(line('parts'))
  const digests = new Map(decode(line('digests')).map((entry) => [entry.slice(66), entry.slice(0, 64)]))
  const tree: { [relative: string]: FileState } = {}
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const name = parts[i] ?? ''
    const found = new Map([['stat', parts[i + 1] ?? ''], ...['uid', 'gid'].map((word) => [word, line(word) ?? ''] as const)])
    tree[name.slice(2)] = { ...readStat(found, options), path: posix.join(reading.path, name), sha256: digests.get(name) ?? '' }
  }
  return { root: reading, tree }
}

/** What each part is to become: folders just exist, files are as `copy` keeps a single one. */
export function desiredTree(params: TreeParams, { root, tree }: { readonly root: PathReading; readonly tree: Tree }, wanted: Parts): Tree {
  if (root.kind !== 'directory' && root.kind !== 'absent') throw new Refusal(`\`${root.path}\` is a ${root.kind}, not a directory`)
  return Object.fromEntries([...wanted].map(([name, content]) => [name, desiredPart(params, currentPart(root, tree, name), content)]))
}

/** The folders that are missing, then the files that differ. */
export function convergeTree(params: TreeParams, states: TreeStates, wanted: Parts): readonly Script[] {
  const attributes = desiredAttributes({ ...params, mode: params.directory_mode ?? '0755' }, NOTHING, { directory: true })
  const wrong = differing(states)
  const folders = wrong
    .filter(([, current]) => current.kind === 'absent')
    .map(([name, { path }]) => (wanted.get(name) === 'folder' ? path : posix.dirname(path)))
  const files = wrong.flatMap(([name, current, desired]) => {
    const content = wanted.get(name)
    return content === undefined || content === 'folder' ? [] : [convergeFile({ current, desired }, content, params)]
  })
  return [...[...new Set([states.root.path, ...folders])].sort().map((path) => makeDirectory(path, attributes)), ...files]
}

const NOTHING = { mode: '', owner: '', group: '' }

export interface TreeStates {
  readonly root: PathReading
  readonly tree: Tree
  readonly desired: Tree
}

/** A line for each part that differs. Whole texts are not shown. */
export function treeChanges(states: TreeStates): readonly Change[] {
  return differing(states).flatMap(([, current, desired]) =>
    desired.kind === 'directory'
      ? [{ what: current.path, from: current.kind, to: 'directory' }]
      : fileChanges(current, desired, { after: undefined, size: 0, sensitive: false }),
  )
}

function differing({ root, tree, desired }: TreeStates): readonly (readonly [string, FileState, FileState])[] {
  return Object.entries(desired).flatMap(([name, part]) => {
    const current = currentPart(root, tree, name)
    const isSame =
      current.kind === part.kind &&
      current.sha256 === part.sha256 &&
      JSON.stringify(attributesOf(current)) === JSON.stringify(attributesOf(part))
    return isSame ? [] : [[name, current, part] as const]
  })
}

function currentPart(root: PathReading, tree: Tree, name: string): FileState {
  return tree[name] ?? { ...readStat(new Map(), {}), path: posix.join(root.path, name), sha256: '' }
}

function desiredPart(params: TreeParams, current: FileState, content: Content | 'folder'): FileState {
  if (content === 'folder') return desiredFolder(current)
  const keeps = !params.force && current.kind !== 'absent'
  return { ...current, ...(keeps ? desiredAttributes(params, current) : desiredFile(params, current, content)) }
}

function desiredFolder(current: FileState): FileState {
  if (current.kind === 'directory' || current.kind === 'absent') return { ...current, kind: 'directory' }
  throw new Refusal(`\`${current.path}\` is a ${current.kind}, not a directory`, 'remove it first with `file` and `state: absent`')
}

function decode(base64 = ''): readonly string[] {
  return Buffer.from(base64, 'base64').toString().split('\0')
}
