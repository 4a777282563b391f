/** Writes the files of a new module: `npm run new-module -- NAME`. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { nameProblem, scaffoldModule } from './module_scaffold.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const [name = ''] = process.argv.slice(2)
const registry = await readFile(join(root, 'engine/modules/registry.ts'), 'utf8')
const problem = name === '' ? 'name the new module: `npm run new-module -- NAME`' : nameProblem(name, registry)

if (problem !== undefined) {
  process.stderr.write(`${problem}\n`)
  process.exitCode = 2
} else {
  for (const { path, text } of scaffoldModule(name, registry)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
    process.stderr.write(`${path}\n`)
  }
  process.stderr.write('next: edit these, then `npm run docs` and `npm test -- modules`; docs/CONTRIBUTING.md has the ten steps\n')
}
