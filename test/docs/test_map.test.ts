import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const folder = fileURLToPath(new URL('../../../test/', import.meta.url))
const page = await readFile(join(folder, 'README.md'), 'utf8')
const test = suite('test/README.md')

test('maps every corner, in order', () => {
  assert.equal(
    corners().map(([number]) => Number(number)),
    Array.from({ length: 18 }, (_, i) => i + 1),
  )
})

test('names for each corner a file with a title, and only files and titles that exist', async () => {
  const wrong: string[] = []
  for (const [number = '', , , proof = ''] of corners()) {
    const named = [...proof.matchAll(/`([\w./-]+)`(?:: "([^"]+)")?/g)]
    assert.ok(
      named.some(([, , title]) => title !== undefined),
      `corner ${number} names no title`,
    )
    for (const [, path = '', title] of named) if (!(await exists(path, title))) wrong.push(`${number}: ${path} ${title ?? ''}`)
  }
  assert.equal(wrong, [])
})

test('names only files that exist in its other tables, too', () => {
  const elsewhere = page.replace(/^\| \d+ \|.*$/gm, '')
  const paths = [...elsewhere.matchAll(/`((?:[a-z_]+\/)*[a-z_]+\.(?:test\.ts|ts|yml|txt))`/g)].map(([, path = '']) => path)
  assert.ok(paths.length > 8)
  assert.equal(
    paths.filter((path) => !existsSync(join(folder, path))),
    [],
  )
})

/** The cells of each row that begins with a number; `\|` is a bar in the text. */
function corners(): readonly (readonly string[])[] {
  return page
    .split('\n')
    .filter((line) => /^\| \d+ \|/.test(line))
    .map((line) =>
      line
        .slice(2, -2)
        .split(/(?<!\\) \| /)
        .map((cell) => cell.replaceAll('\\|', '|')),
    )
}

async function exists(path: string, title: string | undefined): Promise<boolean> {
  if (!existsSync(join(folder, path))) return false
  return title === undefined || (await readFile(join(folder, path), 'utf8')).includes(title)
}

test.run()
