import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateKey } from 'openpgp'
import { Secret } from '../../engine/core/secret.ts'
import { createKeyring, type Keyring } from '../../engine/secrets/keyring.ts'
import { takeSealed } from '../../engine/source/sealed.ts'

/** Someone with an OpenPGP key of their own, made for the test. */
export interface Person {
  readonly name: string
  readonly publicKey: string
  readonly keyFile: string
}

/** A project folder for a test about secrets. */
export interface SecretProject {
  readonly folder: string
  readonly person: (name: string, options?: { readonly passphrase?: string; readonly modern?: boolean }) => Promise<Person>
  /** Adds someone's public key to the recipients. */
  readonly add: (person: Person) => Promise<void>
  readonly remove: (person: Person) => Promise<void>
  readonly write: (file: string, text: string) => Promise<string>
  /** The keyring as that person sees it; the passphrase is what they would type. */
  readonly keyring: (person: Person, passphrase?: string) => Keyring
}

/** Gives the test an empty project, and removes it. What others read before and left sealed is forgotten: it is not to be opened here. */
export async function withProject(use: (project: SecretProject) => Promise<void>): Promise<void> {
  const base = await mkdtemp(join(tmpdir(), 'holdfast-secrets-'))
  takeSealed()
  try {
    await use(projectIn(base))
  } finally {
    await rm(base, { recursive: true, force: true })
    takeSealed()
  }
}

function projectIn(base: string): SecretProject {
  const folder = join(base, 'project')
  const recipients = join(folder, 'secrets/recipients')
  const write = async (file: string, text: string) => {
    await mkdir(join(folder, file, '..'), { recursive: true })
    await writeFile(join(folder, file), text)
    return join(folder, file)
  }
  return {
    folder,
    write,
    person: (name, options) => createPerson(base, { name, ...options }),
    add: async ({ name, publicKey }) => void (await write(`secrets/recipients/${name}.asc`, publicKey)),
    remove: ({ name }) => rm(join(recipients, `${name}.asc`)),
    keyring: ({ keyFile }, passphrase) =>
      createKeyring({
        project: folder,
        keyFile,
        ...(passphrase !== undefined && { askPassphrase: async () => new Secret('passphrase', passphrase) }),
      }),
  }
}

interface Wanted {
  readonly name: string
  readonly passphrase?: string
  readonly modern?: boolean
}

async function createPerson(base: string, { name, passphrase, modern = false }: Wanted): Promise<Person> {
  const { publicKey, privateKey } = await generateKey({
    userIDs: [{ name, email: `${name}@fleet.example` }],
    ...(passphrase !== undefined && { passphrase }),
    config: { aeadProtect: modern },
  })
  const keyFile = join(base, `${name}.private.asc`)
  await writeFile(keyFile, privateKey, { mode: 0o600 })
  return { name, publicKey, keyFile }
}
