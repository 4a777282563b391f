import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Output } from '../../engine/core/module.ts'
import type { Script } from '../../engine/core/script.ts'
import type { FleetPlace } from '../../engine/fleet/assemble.ts'
import type { Member, Tier } from '../../engine/fleet/model.ts'
import type { Asking, Told } from '../../engine/guard/asking.ts'

/** Hosts that are folders of this machine: real scripts run on them, with the folder in place of the root. */
export class FolderHosts implements Asking {
  readonly silent = new Set<string>()
  readonly #root = mkdtempSync(join(tmpdir(), 'holdfast-folder-hosts-'))
  #members: readonly Member[]

  constructor(tiers: { readonly [host: string]: Tier }) {
    this.#members = Object.entries(tiers).map(([name, tier], i) => member(name, { tier, shardId: i + 1 }))
    for (const { name } of this.#members) {
      this.put(name, '/etc/machine-id', `${Buffer.from(name).toString('hex').padEnd(32, '0')}\n`)
      this.program(name, 'systemctl', 'cat "$0-$1" 2>/dev/null')
      this.program(name, 'id', 'echo 0')
    }
  }

  place(name: string): FleetPlace {
    return { fleet: { name: 'x', members: this.#members }, member: this.#members.find((one) => one.name === name) } as unknown as FleetPlace
  }

  /** Puts a host into another group of the inventory, or into none, or takes it out. The host stays what it is. */
  regroup(name: string, tier: Tier | 'none' | 'gone'): void {
    const others = this.#members.filter((one) => one.name !== name)
    const shardId = this.#members.findIndex((one) => one.name === name) + 1
    this.#members = tier === 'gone' ? others : [...others, member(name, { tier: tier === 'none' ? undefined : tier, shardId })]
  }

  put(host: string, path: string, text: string): void {
    mkdirSync(dirname(this.#path(host, path)), { recursive: true })
    writeFileSync(this.#path(host, path), text)
  }

  remove(host: string, path: string): void {
    rmSync(this.#path(host, path), { recursive: true })
  }

  read(host: string, path: string): string | undefined {
    return existsSync(this.#path(host, path)) ? readFileSync(this.#path(host, path), 'utf8') : undefined
  }

  /** The folder of this machine that a path of a host is. */
  folder(host: string, path: string): string {
    return this.#path(host, path)
  }

  /** Has a program do this on a host. */
  program(host: string, name: string, does: string): void {
    this.put(host, `/bin/${name}`, `#!/bin/sh\n${does}\n`)
    chmodSync(this.#path(host, `/bin/${name}`), 0o755)
  }

  link(host: string, path: string, to: string): void {
    mkdirSync(dirname(this.#path(host, path)), { recursive: true })
    symlinkSync(this.#path(host, to), this.#path(host, path))
  }

  /** The records of keys on a host. */
  records(host: string): readonly { readonly [field: string]: unknown }[] {
    const folder = this.#path(host, '/var/lib/holdfast/signers')
    if (!existsSync(folder)) return []
    return readdirSync(folder).flatMap((name) => (name.startsWith('.') ? [] : [JSON.parse(readFileSync(join(folder, name), 'utf8'))]))
  }

  /** Has the units say of these what they say on the host. */
  say(host: string, verb: 'is-active' | 'is-enabled' | 'list-unit-files', word: string): void {
    this.put(host, `/bin/systemctl-${verb}`, `${word}\n`)
  }

  run(host: string, script: Script): Output {
    const inside = script.text.replaceAll(/(?<=[\s'"<=]|^)\/(etc|var|srv|root|home|proc)\//gm, `${this.#root}/${host}/$1/`)
    const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', inside], {
      encoding: 'utf8',
      env: { PATH: `${this.#path(host, '/bin')}:${process.env['PATH']}` },
    })
    return { rc: status ?? 255, stdout: stdout.replaceAll(`${this.#root}/${host}/`, '/'), stderr }
  }

  async ask(hosts: readonly string[], script: Script | ((host: string) => Script)): Promise<ReadonlyMap<string, Told>> {
    return new Map(
      hosts.map((host) => [
        host,
        this.silent.has(host) ? { silent: 'no route' } : this.run(host, typeof script === 'function' ? script(host) : script),
      ]),
    )
  }

  close(): void {
    rmSync(this.#root, { recursive: true, force: true })
  }

  #path(host: string, path: string): string {
    return join(this.#root, host, path)
  }
}

function member(name: string, { tier, shardId }: { readonly tier: Tier | undefined; readonly shardId: number }): Member {
  const origin = { file: 'hosts.yml', line: 1, column: 1 }
  return { name, origin, tier, chain: { value: 'x', origin }, shardId: { value: shardId, origin } }
}
