import { readdirSync, readFileSync, type Stats, statSync } from 'node:fs'
import { isUtf8 } from 'node:buffer'
import { type Diagnostic, reject } from '../core/diagnostic.ts'
import type { Node } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import { isSealed, noteSealed, sealedDocument } from './sealed.ts'
import { parseYaml } from './yaml.ts'

/** Where the document that names a file does so, for the error when the file cannot be read. */
interface Named {
  readonly from?: Origin
}

/**
 * The document in a YAML or JSON file; of one that is sealed, an empty map until it is opened. Rejects a file that is
 * missing, unreadable, no text or no YAML.
 */
export function readDocument(path: string, named: Named = {}): Node {
  const text = readText(path, named)
  if (isSealed(text)) return sealedDocument(text, path)
  const document = parseYaml(text, path)
  if (text.includes('!secret')) noteSealed(document)
  return document
}

/** The text of a file, kept so that an error can show the line it points at. */
export function readText(path: string, named: Named = {}): string {
  const bytes = readBytes(path, named)
  if (!isUtf8(bytes)) reject(notUtf8(path, bytes))
  // Editors of Windows put a mark before the first character, which is none of the text.
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '')
  texts.set(path, text)
  return text
}

/** The names in a folder, sorted. Rejects one that cannot be read. */
export function readFolder(path: string): readonly string[] {
  try {
    return readdirSync(path).sort()
  } catch (error) {
    reject(unreadable(path, error))
  }
}

/** What is at a path; undefined where nothing is, or nothing that can be reached. */
export function lookAt(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

/** Keeps the text of a document that is no file, such as an argument or what a program printed. */
export function rememberText(name: string, text: string): void {
  texts.set(name, text)
}

/** The text last read under a name, for showing a line of it. */
export function sourceText(file: string): string | undefined {
  return texts.get(file)
}

const texts = new Map<string, string>()

const LARGEST_BYTES = 64 * 1024 * 1024

const REASONS: { readonly [code: string]: readonly [reason: string, help: string] } = {
  ENOENT: ['it does not exist', 'check the path'],
  EISDIR: ['it is a directory', 'name a file in it'],
  EACCES: ['this user may not read it', 'check its owner and mode'],
  ENOTDIR: ['a part of its path is no directory', 'check the path'],
  NOTREGULAR: ['it is a pipe or a device', 'write it to a file first'],
  TOOLARGE: ['it is larger than 64 MiB', 'check that it is the right file'],
  ELOOP: ['its symbolic links go in circles', 'check where they point'],
}

function readBytes(path: string, { from }: Named): Buffer {
  try {
    const stat = statSync(path)
    // A pipe would make us wait, a device may never end.
    if (!stat.isFile() && !stat.isDirectory()) throw Object.assign(new Error(), { code: 'NOTREGULAR' })
    if (stat.size > LARGEST_BYTES) throw Object.assign(new Error(), { code: 'TOOLARGE' })
    return readFileSync(path)
  } catch (error) {
    reject({ ...unreadable(path, error), ...(from && { origin: from }) })
  }
}

function unreadable(path: string, error: unknown): Diagnostic {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
  const [reason, help] = REASONS[code] ?? [`the system says ${code}`, 'check the path']
  return { code: 'cannot-read', message: `cannot read \`${path}\`: ${reason}`, help }
}

function notUtf8(path: string, bytes: Buffer): Diagnostic {
  const utf16 = bytes[0] === 0xff || bytes[0] === 0xfe
  const help = `convert it: iconv -f ${utf16 ? 'UTF-16' : 'ISO-8859-1'} -t UTF-8`
  const origin = { file: path, line: firstBadLine(bytes), column: 1 }
  return { code: 'not-utf8', message: 'the file is not encoded in UTF-8', origin, help }
}

function firstBadLine(bytes: Buffer): number {
  let [line, start] = [1, 0]
  for (;;) {
    const end = bytes.indexOf(10, start)
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) return line
    line += 1
    start = end + 1
  }
}
