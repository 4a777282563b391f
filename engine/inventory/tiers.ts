/**
 * The groups that say what a host of a fleet is. Playbooks for all fleets name them, so they match nobody where an inventory has no such group.
 * A host is in at most one of the first four; `signer` is one with a whole key.
 */
export const TIERS = ['public', 'sentry', 'cosigner', 'signer', 'monitoring', 'bastion'] as const
