import { chmodSync, mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
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
  readonly links?: { readonly [path: string]: string }
  readonly sources?: readonly string[]
  readonly ours?: readonly string[]
  readonly warns?: readonly string[]
  readonly lists?: unknown
}

const table = fileURLToPath(new URL('../../../test/inventory/deviations.yml', import.meta.url))

for (const deviation of plain(readDocument(table)) as unknown as readonly Deviation[]) {
  const { name, files = {}, sources, ours = [], warns = [], lists } = deviation
  test(name, async () => {
    await withFolder(files, async (folder) => {
      arrange(folder, deviation)
      const given = sources ?? Object.keys(files).filter((path) => /^hosts(?:\.yml)?$/.test(path))
      const { inventory, problems } = await load(given.map((source) => join(folder, source)))
      assert.equal(
        problems.map((problem) => shown(problem, folder)),
        ours,
      )
      assert.equal(inventory?.warnings.map(({ code }) => code) ?? [], warns)
      if (lists !== undefined) assert.equal(inventory && JSON.parse(JSON.stringify(renderList(inventory))), lists)
    })
  })
}

function arrange(folder: string, { modes = {}, links = {} }: Deviation): void {
  for (const [path, target] of Object.entries(links)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    symlinkSync(target, join(folder, path))
  }
  for (const [path, mode] of Object.entries(modes)) chmodSync(join(folder, path), mode)
}

interface Loaded {
  readonly inventory?: Inventory
  readonly problems: readonly Diagnostic[]
}

async function load(sources: readonly string[]): Promise<Loaded> {
  try {
    return { inventory: await loadInventory(sources), problems: [] }
  } catch (error) {
    if (error instanceof Rejected) return { problems: error.diagnostics }
    throw error
  }
}

function shown({ code, origin, message, help }: Diagnostic, folder: string): string {
  assert.ok(help, `${message} comes with help`)
  const file = origin?.file.replace(`${folder}/`, '')
  return file === undefined || file.includes(' ') ? code : `${code} ${file}:${origin?.line}:${origin?.column}`
}

test.run()
