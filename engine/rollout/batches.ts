import { type Diagnostic, reject } from '../core/diagnostic.ts'
import type { Origin } from '../core/origin.ts'
import type { Play } from '../core/plan.ts'
import { render, type Scope } from '../playbook/scope.ts'

/** One entry of `serial`, rendered: a number of hosts or a percentage of all hosts of the play. */
export interface BatchSize {
  readonly value: number | string
  readonly origin: Origin
}

/** The sizes a play asks for, its templates read with these variables. */
export function sizesOf({ serial }: Pick<Play, 'serial'>, scope: Scope): readonly BatchSize[] {
  return serial.flatMap((node) => {
    const value = render(node, scope)
    const values = Array.isArray(value) ? value : [value]
    return values.map((one) => ({ value: typeof one === 'number' ? one : String(one), origin: node.origin }))
  })
}

/**
 * The hosts in batches, in order, nobody twice and nobody left out. A percentage is of all hosts, rounded down, at least 1;
 * the last size repeats until the hosts run out; no size, or one of 0 or less, takes all that remain. As in Ansible, except that what
 * is not a number or a percentage is an error.
 */
export function cutBatches<H>(hosts: readonly H[], sizes: readonly BatchSize[]): readonly (readonly H[])[] {
  const widths = sizes.map((size) => width(size, hosts.length))
  const batches: H[][] = []
  for (let start = 0, i = 0; start < hosts.length; i++) {
    const wanted = widths[Math.min(i, widths.length - 1)] ?? 0
    const end = wanted > 0 ? start + wanted : hosts.length
    batches.push(hosts.slice(start, end))
    start = end
  }
  return batches
}

function width({ value, origin }: BatchSize, total: number): number {
  const percent = /^\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(String(value))
  if (percent) return Math.max(1, Math.floor((Number(percent[1]) * total) / 100))
  // Only digits: what JavaScript makes of `1e1` or `0x10` is not what its author meant.
  if (!/^\s*-?\d+\s*$/.test(String(value))) reject(notASize(value, origin))
  return Number(value)
}

function notASize(value: number | string, origin: Origin): Diagnostic {
  return {
    code: 'serial',
    message: `\`serial: ${value}\` is neither a whole number nor a percentage`,
    origin,
    help: 'write a number of hosts (`2`), a percentage (`"30%"`), or a list of them (`[1, 5, "30%"]`)',
  }
}
