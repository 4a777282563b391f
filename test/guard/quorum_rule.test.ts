import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { judge, type Verdict } from '../../engine/guard/quorum_rule.ts'
import type { Standing } from '../../engine/guard/standing.ts'

const test = suite('the rule of the quorum')

interface Case {
  readonly what: string
  /** How the cosigners a, b, c … stand: `U` up, `d` down. */
  readonly stand: string
  readonly threshold: number
  /** Who is being changed by this run; a capital letter was up when that began. */
  readonly leased?: string
  readonly broken?: string
  /** Of `a`, which asks. */
  readonly verdict: string
}

const CASES: readonly Case[] = [
  { what: 'all are up', stand: 'UUUUU', threshold: 3, verdict: 'allowed' },
  { what: 'one other is down', stand: 'UdUUU', threshold: 3, verdict: 'allowed' },
  { what: 'two others are down', stand: 'UddUU', threshold: 3, verdict: 'denied b c' },
  { what: 'three others are down', stand: 'UdddU', threshold: 3, verdict: 'denied b c d' },
  { what: 'two of three, all up', stand: 'UUU', threshold: 2, verdict: 'allowed' },
  { what: 'two of three, one down', stand: 'UdU', threshold: 2, verdict: 'denied b' },
  { what: 'no loss can be tolerated', stand: 'UU', threshold: 2, verdict: 'denied' },
  { what: 'it counts as down itself, and the others are up', stand: 'dUUUU', threshold: 3, verdict: 'allowed' },
  { what: 'it counts as down itself, and so do two others', stand: 'dddUU', threshold: 3, verdict: 'denied b c' },
  { what: 'another is being changed', stand: 'UUUUU', threshold: 3, leased: 'B', verdict: 'busy b' },
  { what: 'another is being changed, and it would be one too many', stand: 'UUdUU', threshold: 3, leased: 'B', verdict: 'busy b' },
  { what: 'another is being repaired', stand: 'UdUUU', threshold: 3, leased: 'b', verdict: 'allowed' },
  { what: 'another came up while it is repaired', stand: 'UUdUU', threshold: 3, leased: 'b', verdict: 'busy b' },
  { what: 'another did not come back', stand: 'UdUUU', threshold: 3, broken: 'b', verdict: 'denied b' },
  { what: 'another came back late', stand: 'UUUUU', threshold: 3, broken: 'b', verdict: 'allowed' },
]

for (const { what, verdict, ...situation } of CASES) {
  test(`${what}: ${verdict}`, () => assert.is(shown(judgeCase(situation)), verdict))
}

test.run()

function judgeCase({ stand, threshold, leased = '', broken = '' }: Omit<Case, 'what' | 'verdict'>): Verdict {
  const standings = [...stand].map((letter, i): readonly [string, Standing] => [
    String.fromCharCode(97 + i),
    letter === 'U' ? { state: 'up' } : { state: 'down', why: 'it is' },
  ])
  const leases = [...leased].map((letter) => [letter.toLowerCase(), letter === letter.toLowerCase() ? 'down' : 'up'] as const)
  return judge({ candidate: 'a', threshold, standings: new Map(standings), leases: new Map(leases), broken: new Set(broken) })
}

function shown(verdict: Verdict): string {
  if (verdict.kind === 'busy') return `busy ${verdict.host}`
  return verdict.kind === 'denied' ? ['denied', ...verdict.down.map(({ host }) => host)].join(' ') : 'allowed'
}
