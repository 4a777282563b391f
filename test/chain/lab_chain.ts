/**
 * `npm run lab:chain -- project FOLDER` makes a project to try a whole fleet with in the lab, and the programs it needs.
 * `npm run lab:chain -- genesis FOLDER` begins a chain there whose only validator is the one of the ceremony.
 */
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { furnish, publicKeyIn } from './chain_project.ts'
import { simdGenesis } from './genesis.ts'
import { findPrograms } from './programs.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

process.exitCode = await main(process.argv.slice(2))

async function main([verb, folder]: readonly string[]): Promise<number> {
  if (folder === undefined || (verb !== 'project' && verb !== 'genesis'))
    return complain('say `project FOLDER`, or `genesis FOLDER` after the ceremony')
  const found = await findPrograms(say)
  if ('missing' in found) return complain(found.missing)
  if (verb === 'project') return project(resolve(folder))
  return genesis(resolve(folder), found.programs.simd.path)
}

async function project(folder: string): Promise<number> {
  await mkdir(folder)
  await cp(join(ROOT, 'inventories/lab'), join(folder, 'inventories/lab'), { recursive: true })
  await furnish(folder)
  say(`wrote ${folder}; the programs are in /var/cache/holdfast/programs`)
  return 0
}

async function genesis(folder: string, simd: string): Promise<number> {
  const validators = [{ name: 'ours', publicKey: await publicKeyIn(folder), power: 10 }]
  await writeFile(join(folder, 'files/genesis.json'), await simdGenesis({ simd, chainId: 'simd-1', validators }))
  say(`wrote ${join(folder, 'files/genesis.json')}`)
  return 0
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

function complain(text: string): number {
  say(text)
  return 1
}
