import type { Change, Output } from '../core/module.ts'
import type { Script } from '../core/script.ts'
import { Secret } from '../core/secret.ts'
import { type Format, type Settings, applySettings, isMap, settingsOf, settingsProblems, showKey, splitKey, valueAt } from './settings.ts'
import {
  EDIT_PARAMS,
  type Edit,
  type EditParams,
  type TextState,
  convergeText,
  desiredText,
  editProblems,
  editReads,
  editTouches,
  probeText,
  readText,
  textChanges,
} from './text_edit.ts'
import { type FileStates, fileResult } from './whole_file.ts'

/** The params that `toml`, `json_file` and `yaml_file` share. */
const DOCUMENT_PARAMS = {
  ...EDIT_PARAMS,
  values: {
    type: 'object',
    additionalProperties: { type: 'any' },
    description:
      'What the document is to hold: nested maps, or keys with dots such as `p2p.laddr`. A list is one value. Other keys stay as they are.',
  },
  secrets: {
    type: 'object',
    additionalProperties: { type: 'string', secret: true },
    description: 'As `values`, with keys with dots, for texts that are secret.',
  },
  absent: { type: 'array', items: { type: 'string' }, description: 'Keys with dots that the document must not hold.' },
  create: { type: 'boolean', default: false, description: 'Make the file if there is none.' },
} as const

export interface DocumentParams extends EditParams {
  readonly values?: { readonly [key: string]: unknown }
  readonly secrets?: { readonly [key: string]: string | Secret }
  readonly absent?: readonly string[]
}

function documentProblems(params: DocumentParams): readonly string[] {
  const { values = {}, secrets = {}, absent = [] } = params
  const nothing = params.values === undefined && params.secrets === undefined && params.absent === undefined
  const keys = { values: keysOf(values), secrets: Object.keys(secrets), absent }
  return [
    ...editProblems(params),
    ...(nothing ? ['give `values`, `secrets` or `absent`'] : []),
    ...settingsProblems(keys, settings(params)),
  ]
}

/** All of a module that edits documents of this format, but for its name and what is said of it. */
export function documentModule(format: Format) {
  const edit = (params: DocumentParams, text: string): Edit => ({
    text: applySettings(format, text, settings(params)),
    sensitive: params.secrets !== undefined,
  })
  return {
    kind: 'state' as const,
    schema: { type: 'object', additionalProperties: false, required: ['path'], properties: DOCUMENT_PARAMS } as const,
    problems: documentProblems,
    reads: editReads,
    touches: editTouches,

    probe: (params: DocumentParams): Script => probeText(params),
    parse: (output: Output, params: DocumentParams): TextState => readText(output, params),
    desired: (params: DocumentParams, current: TextState): Partial<TextState> => desiredText(params, current, (text) => edit(params, text)),
    converge: (current: TextState, desired: Partial<TextState>, params: DocumentParams): readonly Script[] =>
      convergeText(params, { current, desired, edit: edit(params, current.text) }),
    describe: (current: TextState, desired: Partial<TextState>, params: DocumentParams): readonly Change[] => [
      ...textChanges({ current, desired, edit: edit(params, current.text) }),
      ...keyChanges(format, current, params),
    ],
    result: (state: TextState, params: DocumentParams, before: FileStates) => fileResult(state, before, params),
  }
}

function settings({ values = {}, secrets = {}, absent = [] }: DocumentParams): Settings {
  const revealed = Object.entries(secrets).map(([key, value]) => ({
    path: splitKey(key) ?? [],
    value: value instanceof Secret ? value.reveal() : value,
  }))
  return { set: [...settingsOf(values), ...revealed], remove: absent.map((key) => splitKey(key) ?? []) }
}

function keysOf(values: { readonly [key: string]: unknown }): readonly string[] {
  return Object.entries(values).flatMap(([key, value]) => [key, ...(isMap(value) ? keysOf(value) : [])])
}

/** A line for each key. Old values of a file that only its owner may read stay on the host, and so does all that is secret. */
function keyChanges(format: Format, current: TextState, { values = {}, secrets = {}, absent = [] }: DocumentParams): readonly Change[] {
  const document = format.read(current.text)
  const isPrivate = current.kind === 'file' && (Number.parseInt(current.mode, 8) & 0o044) === 0
  const shown = (value: unknown) => (value === undefined || isPrivate ? undefined : JSON.stringify(value))
  const wanted = [
    ...settingsOf(values).map(({ path, value }) => ({ path, to: JSON.stringify(value), secret: false })),
    ...Object.keys(secrets).map((key) => ({ path: splitKey(key) ?? [], to: '<secret>', secret: true })),
    ...absent.map((key) => ({ path: splitKey(key) ?? [], to: undefined, secret: false })),
  ]
  return wanted.flatMap(({ path, to, secret }) => {
    const before = valueAt(document, path)
    const from = secret ? undefined : shown(before)
    const isSame = to === undefined ? before === undefined : JSON.stringify(before) === to
    return isSame ? [] : [{ what: showKey(path), ...(from !== undefined && { from }), ...(to !== undefined && { to }) }]
  })
}
