import { posix } from 'node:path'
import type { Content } from '../core/content.ts'
import { type Change, Refusal, type Resource } from '../core/module.ts'
import type { Json } from '../core/json.ts'
import type { Script } from '../core/script.ts'
import { type HostContent, WRITE_PARAMS, backupName, writeFile } from './atomic_write.ts'
import {
  type AttributeParams,
  type Attributes,
  attributeChanges,
  attributesOf,
  desiredAttributes,
  setAttributes,
} from './file_attributes.ts'
import { DIFF_LIMIT_BYTES, type PathReading } from './path_probe.ts'
import { inDirectoryOf, relativeName } from './real_directory.ts'

/** The params of files whose whole content is given. */
export const WHOLE_FILE_PARAMS = {
  force: {
    type: 'boolean',
    default: true,
    description: 'If false, a file that exists keeps its content; only its attributes are kept in order.',
  },
  follow: { type: 'boolean', default: false, description: 'Write to the file a link at `dest` leads to, instead of replacing the link.' },
  ...WRITE_PARAMS,
} as const

/** The state of a module that keeps a whole file, such as `copy` and `template`. */
export type FileState = PathReading

/** The fields that make a path a file with this content and these attributes. A secret is readable by its owner only, unless a mode says more. */
export function desiredFile(
  params: AttributeParams,
  current: FileState,
  content: { readonly sha256: string; readonly sensitive: boolean },
): Partial<FileState> {
  refuseNoFile(current)
  const mode = params.mode ?? (content.sensitive ? '0600' : undefined)
  return {
    kind: 'file',
    sha256: content.sha256,
    ...desiredAttributes({ ...params, ...(mode !== undefined && { mode }) }, withoutLink(current)),
  }
}

/** Refuses to put a file where a directory or a device is. */
export function refuseNoFile({ kind, path }: PathReading): void {
  if (kind === 'file' || kind === 'link' || kind === 'absent') return
  throw new Refusal(`\`${path}\` is a ${kind}, not a file`, 'name another path, or remove it first with `file` and `state: absent`')
}

/** The folder that must be made before a file can be put there. */
export function lackingFolder({ path, lacksFolder }: PathReading): string | undefined {
  return lacksFolder ? posix.dirname(path) : undefined
}

/** The lines that tell a person how a file changes: its content first, then each attribute. */
export function fileChanges(current: FileState, desired: Partial<FileState>, fresh: NewContent): readonly Change[] {
  const text = shownText(current, fresh)
  if (current.kind !== 'file') return [{ what: current.path, from: current.kind, to: 'file', ...text }]
  const content = desired.sha256 === undefined || desired.sha256 === current.sha256 ? [] : [contentChange(current, fresh.size, text)]
  return [...content, ...attributeChanges(current, desired)]
}

export interface NewContent {
  readonly after: Uint8Array | undefined
  readonly size: number
  readonly sensitive: boolean
}

/** Just what `fileChanges` needs to know of a content. */
export function newContent({ bytes, size, sensitive }: Content): NewContent {
  return { after: bytes, size, sensitive }
}

export interface FileParams extends AttributeParams {
  readonly validate?: string
  readonly backup?: boolean
}

/** The script that makes the file so: a new file in the old one's place, or just other attributes on the one that is there. */
export function convergeFile(states: FileStates, content: Content | HostContent, { validate, backup }: FileParams): Script {
  const { current, desired } = states
  if (differsInContent(states)) return writeFile({ current, desired, content, validate, backup })
  return inDirectoryOf(current.path, setAttributes(relativeName(current.path), attributesOf(current), desired))
}

export interface FileStates {
  readonly current: FileState
  readonly desired: Partial<FileState>
}

/** What a module that kept a file registers, in Ansible's shape. */
export function fileResult(state: FileState, before: FileStates, { backup }: FileParams): { readonly [key: string]: Json } {
  const { path, owner, group, uid, gid, mode, size, sha256, kind } = state
  const kept = backup && before.current.kind === 'file' && differsInContent(before)
  return {
    dest: path,
    state: kind,
    owner,
    group,
    uid,
    gid,
    mode,
    size,
    checksum: sha256,
    ...(kept && { backup_file: backupName(before.current) }),
  }
}

/** What a reading of a path depends on: the path, and who the named owners are. */
export function readsOf(path: string, { owner, group }: AttributeParams): readonly Resource[] {
  return [`path:${path}`, ...(owner === undefined ? [] : [`user:${owner}`]), ...(group === undefined ? [] : [`group:${group}`])]
}

/** What a reading of a file depends on that cannot be put where there is no folder for it. */
export function readsOfFile(path: string, owners: AttributeParams): readonly Resource[] {
  return [...readsOf(path, owners), `folder:${posix.dirname(path)}`]
}

function differsInContent({ current, desired }: FileStates): boolean {
  return current.kind !== 'file' || (desired.sha256 !== undefined && desired.sha256 !== current.sha256)
}

/** A link that is to become a file has no attributes worth keeping. */
function withoutLink(current: FileState): Attributes {
  return current.kind === 'link' ? { ...current, mode: '', owner: '', group: '' } : current
}

function contentChange(current: FileState, size: number, text: Pick<Change, 'text'>): Change {
  const sizes =
    current.size === size || size === 0
      ? { from: 'old content', to: 'new content' }
      : { from: `${current.size} bytes`, to: `${size} bytes` }
  return { what: current.path, ...sizes, ...text }
}

function shownText({ kind, mode, bytes }: FileState, { after, sensitive }: NewContent): Pick<Change, 'text'> {
  // What only its owner may read may hold a key, so no one is shown it unasked.
  const isPrivate = kind === 'file' && (Number.parseInt(mode, 8) & 0o044) === 0
  const before = kind === 'file' ? bytes : new Uint8Array()
  if (sensitive || isPrivate || before === undefined || after === undefined) return {}
  const [old, fresh] = [asText(before), asText(after)]
  return old === undefined || fresh === undefined ? {} : { text: { before: old, after: fresh } }
}

function asText(bytes: Uint8Array): string | undefined {
  if (bytes.length > DIFF_LIMIT_BYTES || bytes.includes(0)) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
