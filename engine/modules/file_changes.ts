import type { Change } from '../core/module.ts'
import type { FileModuleState } from './file_params.ts'
import { attributeChanges } from './file_attributes.ts'

type Wanted = Partial<FileModuleState>

/** The lines that tell a person what `file` changes. */
export function describeFile(current: FileModuleState, desired: Wanted, path: string): readonly Change[] {
  if (desired.kind !== undefined && desired.kind !== current.kind) {
    return [{ what: path, from: current.kind, to: desired.target === undefined ? desired.kind : `link to ${desired.target}` }]
  }
  return [
    ...linkChanges(current, desired, path),
    ...attributeChanges(current, desired),
    ...treeChanges(current, desired, path),
    ...timeChange('modification time', current.modified, desired.modified),
    ...timeChange('access time', current.accessed, desired.accessed),
  ]
}

function linkChanges(current: FileModuleState, desired: Wanted, path: string): readonly Change[] {
  if (desired.target !== undefined && desired.target !== current.target) {
    return [{ what: path, from: `link to ${current.target}`, to: `link to ${desired.target}` }]
  }
  const isAnother = desired.identity !== undefined && desired.identity !== current.identity
  return isAnother ? [{ what: path, from: 'another file', to: 'hard link' }] : []
}

function treeChanges({ below = [] }: FileModuleState, desired: Wanted, path: string): readonly Change[] {
  const wanted = desired.below ?? below
  const wrong = below.filter((entry) => !wanted.includes(entry))
  if (wrong.length === 0) return []
  const fresh = wanted.filter((entry) => !below.includes(entry))
  return [{ what: `below ${path}`, from: wrong.join(', '), to: (fresh.length > 0 ? fresh : wanted).join(', ') }]
}

function timeChange(what: string, current: string | undefined, desired: string | undefined): readonly Change[] {
  return desired === undefined || desired === current ? [] : [{ what, to: desired }]
}
