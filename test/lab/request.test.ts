import { suite } from 'uvu'
import { equal, instance, not } from 'uvu/assert'
import { Rejected } from '../../engine/core/diagnostic.ts'
import type { LabHost } from '../../engine/lab/layout.ts'
import { checkRequest } from '../../engine/lab/request.ts'

const test = suite('request')

const host = (name: string, address: string): LabHost => ({ name, address, internet: false })

test('accepts hosts of one range', () => {
  not.throws(() => checkRequest({ name: 'lab', hosts: [host('a', '10.1.2.11'), host('b.example', '10.1.2.12')] }))
})

test('names every reason why a lab cannot be made', () => {
  equal(problems('Lab', [host('a', '10.1.2.11'), host('a', '10.1.2.11'), host('b c', '10.1.3.1')]), [
    '`Lab` is no name for a lab: up to 20 lower-case letters, digits and dashes',
    '`b c` cannot be the name of a lab host',
    '`10.1.3.1` cannot be the address of lab host `b c`: IPv4, not ending in 0, 1, 254 or 255',
    'lab `Lab` has two hosts `a`',
    'lab `Lab` has two hosts with the address 10.1.2.11',
    'the hosts of lab `Lab` have addresses in 2 ranges; all must share their first three numbers',
  ])
})

test('refuses a name that leads out of its folder', () => {
  equal(problems('../x', [host('../y', '10.1.2.11')]).length, 2)
})

test('refuses a lab without hosts', () => {
  equal(problems('lab', []), ['lab `lab` has no hosts'])
})

function problems(name: string, hosts: readonly LabHost[]): readonly string[] {
  try {
    checkRequest({ name, hosts })
  } catch (error) {
    instance(error, Rejected)
    return (error as Rejected).diagnostics.map(({ message }) => message)
  }
  return []
}

test.run()
