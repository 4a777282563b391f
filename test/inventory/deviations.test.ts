import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Diagnostic, Rejected } from '../../engine/core/diagnostic.ts'
import { plain } from '../../engine/core/node.ts'
import { renderList } from '../../engine/inventory/list.ts'
import { loadInventory } from '../../engine/inventory/load.ts'
import type { Inventory } from '../../engine/inventory/model.ts'
import { readDocument } from '../../engine/source/read.ts'
import { withFolder } from './folder.ts'

const test = suite('inventory deviations')

interface Deviation {
  readonly name: string
  readonly files?: { readonly [path: string]: string }
  readonly modes?: { readonly [path: string]: number }
  readonly sources?: readonly string[]
  readonly ours?: readonly string[]
  readonly warns?: readonly string[]
  readonly lists?: unknown
}

const table = fileURLToPath(new URL('../../../test/inventory/deviations.yml', import.meta.url))

for (const deviation of plain(readDocument(table)) as unknown as readonly Deviation[]) {
  const { name, files = {}, modes = {}, sources, ours = [], warns = [], lists } = deviation
  test(name, async () => {
    await withFolder(files, async (folder) => {
      for (const [path, mode] of Object.entries(modes)) chmodSync(join(folder, path), mode)
      const given = sources ?? Object.keys(files).filter((path) => /^hosts(?:\.yml)?$/.test(path))
      const loaded = await load(given.map((source) => join(folder, source)))
      assert.equal(Array.isArray(loaded) ? loaded.map((problem) => shown(problem, folder)) : [], ours)
      if (Array.isArray(loaded)) return
      assert.equal(
        (loaded as Inventory).warnings.map(({ code }) => code),
        warns,
      )
      if (lists !== undefined) assert.equal(JSON.parse(JSON.stringify(renderList(loaded as Inventory))), lists)
    })
  })
}

async function load(sources: readonly string[]): Promise<Inventory | readonly Diagnostic[]> {
  try {
    return await loadInventory(sources)
  } catch (error) {
    if (error instanceof Rejected) return error.diagnostics
    throw error
  }
}

function shown({ code, origin, message, help }: Diagnostic, folder: string): string {
  assert.ok(help, `${message} comes with help`)
  const file = origin?.file.replace(`${folder}/`, '')
  return file === undefined || file.includes(' ') ? code : `${code} ${file}:${origin?.line}:${origin?.column}`
}

test.run()
