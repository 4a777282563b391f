import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The kernel settings that all hosts share with this machine, by their path below /proc/sys. Those below `net` are each host's own. */
export interface Settings {
  /** The boot of this machine they were read in; after another they mean nothing. */
  readonly boot: string
  readonly values: { readonly [path: string]: string }
}

const ROOT = '/proc/sys'

/** Not settings but counters and levers: reading or writing them does something. */
const LEFT_OUT =
  /^(kernel\/(random\/|ns_last_pid|hostname|domainname|pty\/)|vm\/(drop_caches|compact_memory|stat_refresh)|fs\/binfmt_misc\/)/

/** Every shared setting as it is now. */
export async function readSettings(): Promise<Settings> {
  const values = await Promise.all(['kernel', 'vm', 'fs', 'dev', 'user'].map(valuesBelow))
  return { boot: await bootId(), values: Object.fromEntries(values.flat()) }
}

/** Puts back what has changed since. Some settings can only be tightened until the machine reboots; those stay. */
export async function restoreSettings({ boot, values }: Settings): Promise<void> {
  if (boot !== (await bootId())) return
  const now = await readSettings()
  for (const [path, value] of Object.entries(values)) {
    if (now.values[path] !== undefined && now.values[path] !== value) await writeFile(join(ROOT, path), value).catch(() => {})
  }
}

/** Keeps the settings in a file, from the first lab of this machine to its last. */
export async function rememberSettings(file: string): Promise<void> {
  await writeFile(file, JSON.stringify(await readSettings()))
}

/** Puts back what `rememberSettings` kept. */
export async function restoreRemembered(file: string): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return
  await restoreSettings(JSON.parse(text) as Settings)
  await rm(file)
}

async function valuesBelow(folder: string): Promise<readonly (readonly [string, string])[]> {
  const entries = await readdir(join(ROOT, folder), { withFileTypes: true }).catch(() => [])
  const found = entries.map(async (entry) => {
    const path = join(folder, entry.name)
    if (LEFT_OUT.test(entry.isDirectory() ? `${path}/` : path)) return []
    return entry.isDirectory() ? valuesBelow(path) : readOne(path)
  })
  return (await Promise.all(found)).flat()
}

async function readOne(path: string): Promise<readonly (readonly [string, string])[]> {
  const { mode } = await stat(join(ROOT, path))
  if ((mode & 0o600) !== 0o600) return []
  return readFile(join(ROOT, path), 'utf8').then(
    (value) => [[path, value]],
    () => [],
  )
}

async function bootId(): Promise<string> {
  return readFile(join(ROOT, 'kernel/random/boot_id'), 'utf8')
}
