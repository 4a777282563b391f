import ssh2, { type AnyAuthMethod, type AuthenticationType, type ParsedKey, type Prompt } from 'ssh2'
import type { TransportError } from './host.ts'
import { agentIdentities } from './ssh_agent.ts'
import { expandHome, type Identity, usualKeyFiles } from './ssh_keys.ts'
import type { Shared } from './shared.ts'
import type { ConnectOptions } from './connect_options.ts'
import type { HostTarget } from './target.ts'

/** Everything a host may be offered, and what happened to it. */
export interface Login {
  readonly identities: readonly Identity[]
  /** The methods the host said it takes, once it has refused something. */
  allowed: readonly string[]
  /** Why signing failed; the login ends there. */
  failure?: TransportError
}

/** Gathers the keys for a host: those named for it, else the agent's and the usual files; named ones that cannot be used are an error. */
export async function prepareLogin(target: HostTarget, options: ConnectOptions & { readonly shared: Shared }): Promise<Login> {
  const named = (target.keyFiles ?? []).map((file) => expandHome(file, options.home))
  const agent = target.agent ? await agentIdentities(target.agent).catch(() => []) : []
  const files = named.length > 0 ? named : usualKeyFiles(options.home)
  const results = await Promise.allSettled(files.map((file) => options.shared.keys.load(file, options.askPassphrase)))
  const usable = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const unusable = results.find((result) => result.status === 'rejected')
  if (named.length > 0 && unusable) throw unusable.reason
  const ordered = named.length > 0 ? [...preferAgent(usable, agent), ...agent] : [...agent, ...usable]
  return { identities: firstOfEach(ordered), allowed: [] }
}

/** The order of methods for ssh2's `authHandler`: keys, then the password, then the password as an answer to a prompt. */
export function loginMethods(target: HostTarget, { user, login, ring }: { user: string; login: Login; ring: KeyRing }) {
  const methods: AnyAuthMethod[] = []
  if (login.identities.length > 0) methods.push({ type: 'agent', username: user, agent: ring })
  const { password } = target
  if (password) {
    methods.push({ type: 'password', username: user, password: password.reveal() })
    const prompt = (_name: string, _text: string, _lang: string, prompts: Prompt[], finish: (answers: string[]) => void) =>
      finish(prompts.map(({ prompt: question }) => (/password/i.test(question) ? password.reveal() : '')))
    methods.push({ type: 'keyboard-interactive', username: user, prompt })
  }
  return (left: AuthenticationType[] | null): AnyAuthMethod | false => {
    if (left) login.allowed = left
    for (let method = methods.shift(); method; method = methods.shift()) {
      if (isAllowed(method.type, left)) return method
    }
    return false
  }
}

/** All keys as one agent: ssh2 then asks for signatures, and never needs to hold a private key or a passphrase. */
export class KeyRing extends ssh2.BaseAgent<ParsedKey> {
  readonly #login: Login
  readonly #pause: <T>(waiting: Promise<T>) => Promise<T>

  constructor(login: Login, pause: <T>(waiting: Promise<T>) => Promise<T>) {
    super()
    this.#login = login
    this.#pause = pause
  }

  override getIdentities(answer: (error?: Error | null, keys?: ParsedKey[]) => void): void {
    answer(
      null,
      this.#login.identities.map(({ key }) => key),
    )
  }

  override sign(key: ParsedKey, data: Buffer, options: unknown, answer?: unknown): void {
    const { hash } = options as { readonly hash?: string }
    const done = (answer ?? options) as (error?: Error | null, signature?: Buffer) => void
    this.#pause(this.find(key)?.sign(data, hash) ?? Promise.reject(new Error('unknown key'))).then(
      (signature) => done(null, signature),
      (error: TransportError) => {
        this.#login.failure = error
        done(error)
      },
    )
  }

  find(key: ParsedKey): Identity | undefined {
    const wanted = key.getPublicSSH()
    return this.#login.identities.find((identity) => identity.key.getPublicSSH().equals(wanted))
  }

  /** The one key that may be signed with unasked: an open file, or the only key there is. */
  readyFor(key: ParsedKey): Identity | undefined {
    const identity = this.find(key)
    return identity?.ready || this.#login.identities.length === 1 ? identity : undefined
  }
}

/** A file whose key the agent holds too is signed by the agent, which needs no passphrase. */
function preferAgent(files: readonly Identity[], agent: readonly Identity[]): readonly Identity[] {
  return files.map((file) => (file.ready ? file : (agent.find(({ key }) => key.getPublicSSH().equals(file.key.getPublicSSH())) ?? file)))
}

function firstOfEach(identities: readonly Identity[]): readonly Identity[] {
  const blobs = identities.map(({ key }) => key.getPublicSSH().toString('base64'))
  return identities.filter((_, i) => blobs.indexOf(blobs[i] as string) === i)
}

function isAllowed(type: AuthenticationType, left: readonly string[] | null): boolean {
  return left === null || left.includes(type === 'agent' ? 'publickey' : type)
}
