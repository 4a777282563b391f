import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { down, up } from '../../engine/lab/lab.ts'
import type { LabHost } from '../../engine/lab/layout.ts'
import { atEnd } from '../support/cleanup.ts'

/** A copy of the inventory of the lab in a project of its own, and a lab of its own for it. */
export interface ChainLab {
  /** The name of the lab. */
  readonly name: string
  /** The folder of the project; its inventory is `inventories/lab`. */
  readonly project: string
  /** The first three numbers of its addresses. */
  readonly range: string
}

export interface ChainLabRequest {
  readonly which: number
  /** Hosts besides those of the inventory, by name and last number of the address. */
  readonly further?: { readonly [host: string]: number }
  /** Texts of further files of the project, by path. */
  readonly files?: (range: string) => { readonly [path: string]: string }
}

/** Boots the fleet of `inventories/lab` under another name at other addresses; it is taken down when the tests end. */
export async function bootChainLab({ which, further = {}, files = () => ({}) }: ChainLabRequest): Promise<ChainLab> {
  const name = `test-${process.pid}-${which}`
  const range = `10.${200 + which}.${process.pid % 256}`
  const project = await mkdtemp(join(tmpdir(), 'holdfast-chain-'))
  atEnd(() => rm(project, { recursive: true, force: true }))
  await cp(join(ROOT, 'inventories/lab'), join(project, 'inventories/lab'), { recursive: true })
  for (const path of await filesBelow(join(project, 'inventories/lab')))
    await writeFile(path, (await readFile(path, 'utf8')).replaceAll('10.77.0.', `${range}.`).replaceAll('/lab/lab/', `/lab/${name}/`))
  for (const [path, text] of Object.entries(files(range))) {
    await mkdir(dirname(join(project, path)), { recursive: true })
    await writeFile(join(project, path), text)
  }
  atEnd(() => down(name))
  await up({ name, hosts: [...(await declared(project)), ...others(range, further)], progress: () => undefined })
  return { name, project, range }
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

async function declared(project: string): Promise<readonly LabHost[]> {
  const text = await readFile(join(project, 'inventories/lab/hosts.yml'), 'utf8')
  const found = [...text.matchAll(/^ +([a-z]+-\d+): \{ ansible_host: ([0-9.]+)/gm)]
  return found.map(([, name = '', address = '']) => ({ name, address, internet: !name.startsWith('cosigner') }))
}

function others(range: string, further: { readonly [host: string]: number }): readonly LabHost[] {
  return Object.entries(further).map(([name, number]) => ({ name, address: `${range}.${number}`, internet: false }))
}
