import { Rejected } from '../core/diagnostic.ts'
import type { Output } from '../core/module.ts'
import type { Script } from '../core/script.ts'
import { ProtocolError } from '../session/frames.ts'
import { TransportError } from '../transport/host.ts'
import { Sentinel } from './sentinel.ts'
import type { Way } from './way.ts'

/** What a host printed, or why nothing could be had of it. */
export type Told = Output | { readonly silent: string }

/** Asks hosts of a fleet during a run, whether or not the run has anything to do with them. */
export interface Asking {
  /** Runs a script that only looks on these hosts, all at once and as root. Never rejects for what happens on the way to a host. */
  ask(hosts: readonly string[], script: Script | ((host: string) => Script)): Promise<ReadonlyMap<string, Told>>
}

/** The hosts that the guards of a run have to do with, each reached when it is first asked and kept until the end. */
export class Sentinels implements Asking {
  readonly #wayTo: (host: string) => Way
  readonly #known = new Map<string, Sentinel>()

  constructor(wayTo: (host: string) => Way) {
    this.#wayTo = wayTo
  }

  of(host: string): Sentinel {
    const known = this.#known.get(host) ?? new Sentinel(host, this.#wayTo(host))
    this.#known.set(host, known)
    return known
  }

  async ask(hosts: readonly string[], script: Script | ((host: string) => Script)): Promise<ReadonlyMap<string, Told>> {
    const answers = hosts.map(async (host) => {
      const told = await this.of(host)
        .ask(typeof script === 'function' ? script(host) : script)
        .catch(silence)
      return [host, told] as const
    })
    return new Map(await Promise.all(answers))
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    await Promise.all([...this.#known.values()].map((sentinel) => sentinel.close()))
  }
}

/** Why a host says nothing. Anything but trouble on the way to it is a bug and thrown on. */
export function silence(error: unknown): { readonly silent: string } {
  if (error instanceof TransportError || error instanceof ProtocolError || error instanceof Rejected) return { silent: error.message }
  throw error
}
