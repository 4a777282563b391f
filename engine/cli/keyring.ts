import { join } from 'node:path'
import { reject } from '../core/diagnostic.ts'
import { askSecret } from '../report/ask.ts'
import { createKeyring, type Keyring } from '../secrets/keyring.ts'
import type { Context } from './context.ts'

/** The keys of a project and of the operator; a passphrase is asked for on a terminal, once it is needed. */
export function openKeyring(context: Context, { root, keyFile }: { readonly root: string; readonly keyFile: string | undefined }): Keyring {
  return createKeyring({
    project: root,
    keyFile: keyFile ?? usualKeyFile(context),
    ...(context.interactive && {
      askPassphrase: async (key: string) => (await askSecret(`passphrase of ${key}`, context)) ?? noPassphrase(),
    }),
  })
}

/** Where the operator's private key is looked for unless a flag or `HOLDFAST_KEY_FILE` says otherwise. */
function usualKeyFile({ env, home }: Context): string {
  return env['HOLDFAST_KEY_FILE'] ?? join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'holdfast/private-key.asc')
}

function noPassphrase(): never {
  reject({ code: 'no-password', message: 'no passphrase was typed', help: 'run again' })
}
