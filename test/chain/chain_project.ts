import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generateKey } from 'openpgp'

export const COSIGNERS = [1, 2, 3, 4, 5].map((number) => `cosigner-${number}`)

/** A project around the inventory of the lab: people with keys of their own, who looks after which shard, the playbooks. */
export async function furnish(project: string): Promise<void> {
  const people = ['operator', ...COSIGNERS.map((_, i) => custodian(i + 1))]
  for (const name of people) {
    const { publicKey, privateKey } = await generateKey({ userIDs: [{ name, email: `${name}@fleet.example` }] })
    await put(project, name === 'operator' ? `secrets/recipients/${name}.asc` : `secrets/custodians/${name}.asc`, publicKey)
    await put(project, keyFile(name), privateKey)
  }
  // The keys there are known to everybody.
  await rm(join(project, 'inventories/lab/host_vars'), { recursive: true })
  for (const [i, host] of COSIGNERS.entries())
    await put(project, `inventories/lab/host_vars/${host}/custodian.yml`, `signer_recipients: [${custodian(i + 1)}]\n`)
  await put(project, 'holdfast.yml', 'inventory: inventories/lab\n')
  await mkdir(join(project, 'files'))
  await cp(join(ROOT, 'playbooks'), join(project, 'playbooks'), { recursive: true })
}

async function put(project: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(project, path)), { recursive: true })
  await writeFile(join(project, path), text, { mode: 0o600 })
}

/** Who looks after the shard of that number. */
export function custodian(number: number): string {
  return `custodian-${number}`
}

/** Where the private key of a person is, in the project: on one machine everybody is the same person. */
export function keyFile(person: string): string {
  return `.keys/${person}.asc`
}

/** The public key of the validator, as the ceremony wrote it beside the shards. */
export async function publicKeyIn(project: string): Promise<string> {
  const text = await readFile(join(project, 'inventories/lab/host_vars/cosigner-1/signer.yml'), 'utf8')
  return /^horcrux_public_key: "(.*)"$/m.exec(text)?.[1] ?? ''
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
