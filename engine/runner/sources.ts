import { createHash } from 'node:crypto'
import { createReadStream, existsSync, statSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { Content, INLINE_LIMIT_BYTES } from '../core/content.ts'
import { reject } from '../core/diagnostic.ts'
import { Refusal, type Source } from '../core/module.ts'
import type { Node } from '../core/node.ts'
import type { Task } from '../core/plan.ts'
import { Secret } from '../core/secret.ts'
import { placeInFile } from '../playbook/place.ts'
import type { Scope } from '../playbook/scope.ts'
import { sourcePaths } from '../playbook/source_paths.ts'
import { force } from '../playbook/term.ts'
import { beginningOf } from '../secrets/find_sealed.ts'
import { Closed } from '../secrets/closed.ts'
import type { Opener } from '../secrets/opener.ts'
import { readDocument } from '../source/read.ts'
import { isSealed } from '../source/sealed.ts'
import { fetchPinned } from './fetch_pinned.ts'
import type { ProxyEnvironment } from './proxy.ts'

/** Where the files of a task are looked for: its role first, then beside the playbook. */
export interface Seeking {
  readonly task: Task
  readonly playbookFolder: string
  readonly scope: Scope
}

/** Opens what is sealed among them: files as a whole, and values in documents. */
export type SourceOpener = Pick<Opener, 'load' | 'content' | 'openNow'>

/**
 * Reads what a module asked for; each file once, however many hosts want it, and anew once it has changed: an earlier task may
 * have fetched or made it.
 */
export class SourceReader {
  readonly #files = new Map<string, Read<Content>>()
  readonly #templates = new Map<string, Read<string>>()
  readonly #keys = new Map<string, Read<string>>()
  /** Where a source was found, by what was sought. */
  readonly #found = new Map<string, string>()
  readonly #opener: SourceOpener | undefined
  readonly #environment: ProxyEnvironment

  constructor(opener?: SourceOpener, environment: ProxyEnvironment = {}) {
    this.#opener = opener
    this.#environment = environment
  }

  /** Documents with variables, what is sealed in them opened. */
  async documents(files: readonly string[]): Promise<readonly Node[]> {
    return await this.load(() => files.map((file) => readDocument(file)))
  }

  /** What is made from documents that are only now known by name, with all that is sealed in them opened. */
  async load<T>(make: () => T): Promise<T> {
    return this.#opener ? await this.#opener.load(make) : make()
  }

  /** What is made of variables, values that were left closed opened when something asks for them. */
  async opening<T>(make: () => T | Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await make()
      } catch (error) {
        if (!(error instanceof Closed) || !this.#opener) throw error
        await this.#opener.openNow(error)
      }
    }
  }

  /** The content of every source, by name. Rejects with the places that were looked at when one is not there. */
  async read(sources: { readonly [name: string]: Source }, seeking: Seeking): Promise<{ readonly [name: string]: Content }> {
    const parts = await Promise.all(Object.entries(sources).map(([name, source]) => this.#one(name, source, seeking)))
    return Object.fromEntries(parts.flat())
  }

  async #one(name: string, source: Source, seeking: Seeking): Promise<readonly (readonly [string, Content])[]> {
    if (source.kind === 'url') return [[name, fetchPinned(await this.#withKey(source, seeking), this.#environment)]]
    const path = this.#find(source, seeking)
    if (source.kind === 'template') return [[name, await this.#template(path, seeking.scope)]]
    if (source.kind === 'tree' && (await isFolder(path))) return await this.#tree(name, unpinned(path, source))
    return [[name, pinned(await this.#file(path), source)]]
  }

  /** The key of a signature, which may be a file, as text. */
  async #withKey(source: Extract<Source, { kind: 'url' }>, seeking: Seeking): Promise<typeof source> {
    const { signature } = source
    if (!signature || signature.key.includes('-----BEGIN PGP PUBLIC KEY BLOCK-----')) return source
    const path = this.#find({ kind: 'file', path: signature.key }, seeking)
    const key = await remember(this.#keys, path, () => readFile(path, 'utf8'))
    return { ...source, signature: { ...signature, key } }
  }

  #find(source: Exclude<Source, { kind: 'url' }>, seeking: Seeking): string {
    const key = JSON.stringify([source.kind, source.path, seeking.task.role?.folder, seeking.playbookFolder])
    const path = this.#found.get(key) ?? findSource(source, seeking)
    this.#found.set(key, path)
    return path
  }

  async #template(path: string, scope: Scope): Promise<Content> {
    const text = await remember(this.#templates, path, () => readFile(path, 'utf8'))
    const value = force(scope.readText(text, placeInFile(path, text)))
    return Content.of(value instanceof Secret ? value : String(value ?? ''))
  }

  #file(path: string): Promise<Content> {
    return remember(this.#files, path, () => readContent(path, this.#opener))
  }

  async #tree(name: string, folder: string): Promise<readonly (readonly [string, Content])[]> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    return await Promise.all(
      entries.map(async (entry): Promise<readonly [string, Content]> => {
        const path = join(entry.parentPath, entry.name)
        const key = `${name}/${relative(folder, path)}`
        return entry.isDirectory() ? [`${key}/`, Content.of('')] : [key, await this.#file(path)]
      }),
    )
  }
}

function unpinned(folder: string, { sha256 }: { readonly sha256?: string }): string {
  if (sha256 === undefined) return folder
  throw new Refusal(`\`${folder}\` is a folder, and \`checksum\` is for one file`, 'name a file, or leave `checksum` out')
}

function pinned(content: Content, { path, sha256 = content.sha256 }: { readonly path: string; readonly sha256?: string }): Content {
  if (content.sha256 === sha256) return content
  throw new Refusal(
    `\`${path}\` is not the pinned file: expected sha256 ${sha256}, got ${content.sha256}`,
    'bring the file that was reviewed, or correct the pin',
  )
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path)).isDirectory()
}

async function readContent(path: string, opener: SourceOpener | undefined): Promise<Content> {
  if (opener && isSealed(await beginningOf(path))) return Content.of(await opener.content(await readFile(path, 'latin1'), path))
  const { size } = await stat(path)
  if (size <= INLINE_LIMIT_BYTES) return Content.of(await readFile(path))
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer)
  return Content.stored({ sha256: hash.digest('hex'), size, open: () => createReadStream(path) })
}

function findSource(source: Exclude<Source, { kind: 'url' }>, seeking: Seeking): string {
  const paths = sourcePaths(source, { role: seeking.task.role, folder: seeking.playbookFolder })
  const found = paths.find((path) => existsSync(path))
  if (found !== undefined) return found
  return reject({
    code: 'missing-file',
    message: `there is no ${source.kind === 'template' ? 'template' : 'file'} \`${source.path}\``,
    origin: seeking.task.origin,
    help: `put it at one of: ${paths.join(', ')}`,
  })
}

interface Read<T> {
  /** Which file it was, and when it was last written to. */
  readonly version: string
  readonly value: Promise<T>
}

async function remember<T>(known: Map<string, Read<T>>, path: string, read: () => Promise<T>): Promise<T> {
  // Not awaited: this is asked for each task of each host, and a turn of the event loop costs far more than the answer.
  const stats = statSync(path, { bigint: true })
  if (!stats.isFile() && !stats.isDirectory()) refuseEndless(path)
  const { dev, ino, size, mtimeNs, ctimeNs } = stats
  const version = [dev, ino, size, mtimeNs, ctimeNs].join(' ')
  const before = known.get(path)
  if (before?.version === version) return await before.value
  const value = read()
  known.set(path, { version, value })
  return await value
}

/** A pipe would make us wait, a device may never end. */
function refuseEndless(path: string): never {
  return reject({ code: 'cannot-read', message: `cannot read \`${path}\`: it is a pipe or a device`, help: 'write it to a file first' })
}
