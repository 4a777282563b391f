import { dirname } from 'node:path'
import { attempt, type Diagnostic, Rejected } from '../core/diagnostic.ts'
import { lookAt, readDocument, readText } from '../source/read.ts'
import { parseAddress } from './address.ts'
import { addHost, type Draft, newDraft } from './draft.ts'
import { finish } from './finish.ts'
import { readGroups } from './group_document.ts'
import { readIni } from './ini.ts'
import type { Inventory, Source } from './model.ts'
import { readProgram } from './program.ts'
import { filesOf, type InventoryFile } from './sources.ts'
import { loadVarsFolder } from './vars_files.ts'

/** Reads every source, in order. Rejects with all problems of all of them, and an inventory without a host. */
export async function loadInventory(names: readonly string[]): Promise<Inventory> {
  const draft = newDraft()
  const sources: Source[] = []
  for (const name of names) {
    const source = sourceOf(name)
    sources.push(source)
    if (source.folder === undefined) readList(name, draft)
    else await readSource(name, draft)
  }
  const { hosts, groups } = finish(draft)
  const folders = foldersOf(sources).flatMap((path) => {
    const folder = attempt(draft.problems, () => loadVarsFolder(path, { hosts, groups, warnings: draft.warnings }))
    return folder ? [folder] : []
  })
  if (hosts.size === 0 && draft.problems.length === 0) draft.problems.push(noHosts(names))
  if (draft.problems.length > 0) throw new Rejected(draft.problems)
  return { sources, hosts, groups, folders, warnings: draft.warnings }
}

/** What a name given as inventory stands for. */
function sourceOf(name: string): Source {
  if (name.includes(',') && !lookAt(name)) return { name }
  const isFolder = lookAt(name)?.isDirectory() ?? false
  return { name, folder: isFolder ? name : dirname(name) }
}

/** Each folder once. Of two places the later counts, because that is where its vars would win. */
function foldersOf(sources: readonly Source[]): readonly string[] {
  const folders = sources.flatMap(({ folder }) => (folder === undefined ? [] : [folder]))
  return folders.filter((folder, i) => !folders.includes(folder, i + 1))
}

function readList(list: string, draft: Draft): void {
  const origin = { file: `-i ${list}`, line: 1, column: 1 }
  for (const part of list.split(',')) {
    const text = part.trim()
    const { host, port } = (text.includes('[') ? undefined : parseAddress(text)) ?? { host: text }
    if (host !== '' && !draft.hosts.has(host))
      addHost(draft, { name: host, origin, group: 'ungrouped', ...(port !== undefined && { port }) })
  }
}

async function readSource(name: string, draft: Draft): Promise<void> {
  const files = attempt(draft.problems, () => filesOf(name, draft)) ?? []
  for (const file of files) {
    if (file.format === 'program') await readProgramSafely(file.path, draft)
    else attempt(draft.problems, () => readFile(file, draft))
  }
}

async function readProgramSafely(path: string, draft: Draft): Promise<void> {
  try {
    await readProgram(path, draft)
  } catch (error) {
    if (!(error instanceof Rejected)) throw error
    draft.problems.push(...error.diagnostics)
  }
}

function readFile({ path, format }: InventoryFile, draft: Draft): void {
  const text = readText(path)
  const looksLikeYaml = YAML_START.test(text)
  if (format === 'yaml' || (format === 'unsure' && looksLikeYaml)) {
    if (text.trim() !== '') readGroups(readDocument(path), draft)
  } else if (looksLikeYaml) draft.problems.push(misnamed(path))
  else readIni(text, { draft, file: path })
}

/** Comments and blank lines, then a document marker, a brace or a key. */
const YAML_START = /^\ufeff?(?:[ \t]*(?:#[^\n]*)?\r?\n)*(?:---(?:\s|$)|\{|["']?[\p{L}\p{N}_][\p{L}\p{N}_.-]*["']?:(?:[ \t]|\r?\n|$))/u

function misnamed(path: string): Diagnostic {
  const origin = { file: path, line: 1, column: 1 }
  return { code: 'misnamed', message: 'this looks like YAML, and its name says otherwise', origin, help: `name it \`${path}.yml\`` }
}

function noHosts(names: readonly string[]): Diagnostic {
  return {
    code: 'empty-inventory',
    message: names.length === 0 ? 'no inventory is given' : `the inventory \`${names.join('`, `')}\` has no hosts`,
    help: names.length === 0 ? 'name one: `-i inventories/NAME`' : 'add a host, or name another inventory with `-i`',
  }
}
