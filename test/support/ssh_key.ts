import ssh2 from 'ssh2'

/** A key pair that can be read back: of the ed25519 pairs that ssh2 makes, one in some hundreds cannot. */
export function newKeyPair(...kind: Parameters<typeof ssh2.utils.generateKeyPairSync>): ReturnType<typeof ssh2.utils.generateKeyPairSync> {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync(...kind)
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair
  }
}
