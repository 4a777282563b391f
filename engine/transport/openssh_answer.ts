import type { Secret } from '../core/secret.ts'
import type { ConnectOptions } from './connect_options.ts'
import type { Shared } from './shared.ts'
import type { HostTarget } from './target.ts'

/** What `ssh` is answered when it asks on the way to a host; undefined where nobody could answer anything. */
export function answerFor(
  target: HostTarget,
  { askPassphrase, shared }: ConnectOptions & { readonly shared: Shared },
): ((question: string) => Promise<Secret | undefined>) | undefined {
  const hops = [...(target.jumps ?? []), target]
  if (!askPassphrase && hops.every(({ password }) => !password)) return undefined
  const asked = new Set<string>()
  return async (question) => {
    // The same question again means that the answer was wrong.
    if (asked.has(question)) return undefined
    asked.add(question)
    const keyFile = /^Enter passphrase for (?:key )?'?(.+?)'?: ?$/.exec(question)?.[1]
    if (keyFile) {
      const answer = shared.passphrases.get(keyFile) ?? askPassphrase?.(keyFile) ?? Promise.resolve(undefined)
      shared.passphrases.set(keyFile, answer)
      return answer
    }
    return /password/i.test(question) ? passwordFor(question, hops) : undefined
  }
}

/** The password of the hop that the question names, or of the only one that has any. */
function passwordFor(question: string, hops: readonly HostTarget[]): Secret | undefined {
  const having = hops.filter(({ password }) => password)
  const named = having.filter(({ address, user }) => question.includes(`${user ?? ''}@${address}`))
  return (named.at(-1) ?? (having.length === 1 ? having[0] : undefined))?.password
}
