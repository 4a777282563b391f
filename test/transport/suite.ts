import type { Suite } from '../support/skip.ts'
import type { Kind } from './fixture.ts'
import { faultTests } from './suite_faults.ts'
import { loginTests } from './suite_login.ts'
import { shellTests } from './suite_shell.ts'
import { streamTests } from './suite_streams.ts'
import { transferTests } from './suite_transfer.ts'
import { trustTests } from './suite_trust.ts'

/** Everything a transport promises, against a real sshd. */
export function transportTests(test: Suite, kind: Kind): void {
  streamTests(test, kind)
  shellTests(test, kind)
  trustTests(test, kind)
  loginTests(test, kind)
  transferTests(test, kind)
  faultTests(test, kind)
}
