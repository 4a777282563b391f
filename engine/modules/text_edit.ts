import { posix } from 'node:path'
import { Content } from '../core/content.ts'
import { type Change, type Output, Refusal, type Resource } from '../core/module.ts'
import type { Script } from '../core/script.ts'
import { Secret } from '../core/secret.ts'
import { ATTRIBUTE_PARAMS, type AttributeParams, attributeProblems, cleanPath, pathProblems } from './file_attributes.ts'
import { foldersTo, makeDirectory } from './make_directory.ts'
import { EDIT_LIMIT_BYTES, type PathOptions, probePath, readPath } from './path_probe.ts'
import { validateProblems } from './shell_words.ts'
import { WRITE_PARAMS } from './atomic_write.ts'
import { type FileState, convergeFile, desiredFile, fileChanges, newContent, readsOf, refuseNoFile } from './whole_file.ts'

/** The params that all modules have which change a part of a text file. */
export const EDIT_PARAMS = {
  path: { type: 'string', format: 'path', aliases: ['dest', 'destfile', 'name'], description: 'The file to edit. A link is followed.' },
  ...ATTRIBUTE_PARAMS,
  ...WRITE_PARAMS,
} as const

export interface EditParams extends AttributeParams {
  readonly path: string
  readonly validate?: string
  readonly backup: boolean
  readonly create?: boolean
}

export interface TextState extends FileState {
  /** The file's text; empty if there is no file. */
  readonly text: string
}

/** What the file's text is to become, and whether a secret went into it. */
export interface Edit {
  readonly text: string
  readonly sensitive: boolean
}

export const EDIT_NOTES = [
  'The text is worked out on the controller, so the file may be up to 1 MiB of UTF-8. It is replaced in one step, and keeps its ACL and extended attributes.',
  'A path that leads through a symbolic link made by someone other than root or the user the task runs as is refused.',
] as const

export function editProblems(params: EditParams): readonly string[] {
  return [...pathProblems('path', params.path), ...attributeProblems(params), ...validateProblems(params.validate)]
}

export function editReads(params: EditParams): readonly Resource[] {
  return readsOf(cleanPath(params.path), params)
}

export function editTouches({ path, backup, create }: EditParams): readonly Resource[] {
  const clean = cleanPath(path)
  const folder = posix.dirname(clean)
  return [`path:${clean}`, ...(backup || create ? [`path:${folder}`] : []), ...(create ? foldersTo(folder) : [])]
}

export function probeText(params: EditParams): Script {
  return probePath(cleanPath(params.path), optionsOf(params))
}

/** Reads a text file. Refuses one that is too long, or no UTF-8. */
export function readText({ stdout }: Output, params: EditParams): TextState {
  const reading = readPath(stdout, cleanPath(params.path), optionsOf(params))
  refuseNoFile(reading)
  if (reading.kind === 'absent') return { ...reading, text: '' }
  if (reading.bytes === undefined) {
    throw new Refusal(
      `\`${reading.path}\` has ${reading.size} bytes, more than the ${EDIT_LIMIT_BYTES} that can be edited`,
      'keep the whole file with `copy` or `template`',
    )
  }
  return { ...reading, text: decode(reading.bytes, reading.path), sha256: Content.of(reading.bytes).sha256 }
}

/**
 * The state after an edit. Refuses to edit a file that is not there, unless it may be created, and an edit that would find
 * something to do again in its own outcome, and so at every run.
 */
export function desiredText(params: EditParams, current: TextState, edit: (text: string) => Edit): Partial<TextState> {
  const { text, sensitive } = edit(current.text)
  if (current.kind === 'absent' && !params.create)
    throw new Refusal(`there is no file \`${current.path}\``, 'use `create: true`, or `copy` or `template` before')
  if (edit(text).text !== text) {
    throw new Refusal(
      'the edit would find something to change again in its own outcome, at every run',
      'make the pattern match the new text as well, or not what the edit leaves behind',
    )
  }
  // A secret in a file that exists changes nobody's right to read it: that is what `mode` is for.
  return desiredFile(params, current, { sha256: Content.of(text).sha256, sensitive: sensitive && current.kind === 'absent' })
}

export function convergeText(params: EditParams, { current, desired, edit }: TextStates): readonly Script[] {
  return [
    ...(current.kind === 'absent' ? [makeDirectory(posix.dirname(current.path), {})] : []),
    convergeFile({ current, desired }, contentOf(edit), params),
  ]
}

export interface TextStates {
  readonly current: TextState
  readonly desired: Partial<TextState>
  readonly edit: Edit
}

export function textChanges({ current, desired, edit }: TextStates): readonly Change[] {
  return fileChanges(current, desired, newContent(contentOf(edit)))
}

/** The text of a param that may be a secret. */
export function revealed(value: string | Secret): string {
  return value instanceof Secret ? value.reveal() : value
}

/** The lines of a text, each with the line break that ends it. */
export function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

function contentOf({ text, sensitive }: Edit): Content {
  return Content.of(text, { sensitive })
}

function optionsOf({ owner, group }: EditParams): PathOptions {
  return { follow: true, owner, group, content: 'bytes' }
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new Refusal(`\`${path}\` is not UTF-8 text`, 'keep the whole file with `copy`')
  }
}
