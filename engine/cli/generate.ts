/**
 * Writes the reference and the schemas that are made from the code: `npm run docs`. With `--check` it writes nothing and
 * fails if a file is not what it would write.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { GENERATED_FOLDERS, generatedFiles } from './reference/files.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const wanted = generatedFiles()
const stale = [...(await differing()), ...(await leftOver())]

if (process.argv.includes('--check')) {
  for (const file of stale) process.stderr.write(`${file} is not fresh; run \`npm run docs\`\n`)
  process.exitCode = stale.length === 0 ? 0 : 1
} else {
  for (const file of stale) await bring(file)
  process.stderr.write(`${wanted.size} generated files, ${stale.length} of them changed\n`)
}

async function differing(): Promise<readonly string[]> {
  const found = await Promise.all([...wanted].map(async ([file, text]) => ({ file, isSame: (await read(file)) === text })))
  return found.filter(({ isSame }) => !isSame).map(({ file }) => file)
}

async function leftOver(): Promise<readonly string[]> {
  const found = await Promise.all(
    GENERATED_FOLDERS.map(async (folder) => {
      const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true }).catch(() => [])
      return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    }),
  )
  return found.flat().filter((file) => !wanted.has(file))
}

async function bring(file: string): Promise<void> {
  const text = wanted.get(file)
  if (text === undefined) return await rm(join(root, file))
  await mkdir(dirname(join(root, file)), { recursive: true })
  await writeFile(join(root, file), text)
}

async function read(file: string): Promise<string | undefined> {
  return await readFile(join(root, file), 'utf8').catch(() => undefined)
}
