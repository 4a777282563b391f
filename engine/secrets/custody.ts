/** Where a project keeps the public keys of those who hold shards and nothing else. */
export const CUSTODIANS_FOLDER = 'secrets/custodians'

/** The folder of a project in which whole keys lie, sealed, until they are taken to where nothing is online. */
export const OFFLINE_FOLDER = 'secrets/offline'

/** Whether a file is sealed to people of its own: the keys of one host, or a whole key that is kept offline. */
export function isOfCustodians(file: string): boolean {
  return /(^|\/)host_vars\/[^/]+\/signer\.yml$/.test(file) || file.startsWith(`${OFFLINE_FOLDER}/`)
}
