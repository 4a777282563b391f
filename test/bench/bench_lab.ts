import { down, reset, up } from '../../engine/lab/lab.ts'
import type { Access, LabHost } from '../../engine/lab/layout.ts'
import { atEnd } from '../support/cleanup.ts'

/** The hosts that everybody is measured on. */
export interface BenchLab {
  readonly hosts: readonly LabHost[]
  readonly entry: Access
  /** Gives every host the disk of its first day. */
  pristine(): Promise<void>
}

const HOSTS = 10

/** Boots ten hosts with Python, of the Debian release that the ansible-core of Debian 12 works with; they are gone at the end of the process. */
export async function startBenchLab(say: (stage: string) => void): Promise<BenchLab> {
  const name = `bench-${process.pid}`
  const range = `10.190.${process.pid % 256}`
  const hosts = Array.from({ length: HOSTS }, (_, i) => ({ name: `bench-${i + 1}`, address: `${range}.${10 + i}`, internet: false }))
  atEnd(() => down(name))
  const packages = ['python3', 'python3-apt']
  const entry = await up({ name, hosts, release: 'bookworm', packages, progress: (stage, detail) => detail === undefined && say(stage) })
  const pristine = async (): Promise<void> => {
    for (const host of hosts) await reset(name, host.name)
  }
  return { hosts, entry, pristine }
}
