import { declareFlags } from './declare.ts'

/** Where the hosts come from. */
export const inventoryFlags = declareFlags({
  inventory: { kind: 'values', short: 'i', value: 'PATH', summary: 'inventory file, folder or program; later ones win' },
  limit: { kind: 'value', short: 'l', value: 'PATTERN', summary: 'only hosts of this pattern, or of `@FILE`' },
})

/** Variables and ways to reach hosts. */
export const reachFlags = declareFlags({
  'extra-vars': {
    kind: 'values',
    short: 'e',
    value: 'VARS',
    summary: 'variables that win over all others: `key=value`, YAML or JSON, or `@FILE`',
  },
  forks: { kind: 'integer', short: 'f', value: 'N', least: 1, summary: 'hosts worked on at the same time' },
  transport: { kind: 'value', value: 'NAME', choices: ['smart', 'ssh', 'openssh', 'local'], summary: 'how hosts are reached' },
  'ask-become-pass': { kind: 'switch', short: 'K', summary: 'ask for the password of `become`' },
  'become-password-file': { kind: 'value', value: 'PATH', summary: 'read the password of `become` from a file only you can read' },
})

/** What an operator does without in a disaster. */
export const guardFlags = declareFlags({
  'without-lock': {
    kind: 'values',
    value: 'FLEET',
    summary: 'in a disaster: change this fleet though its lock cannot be had from enough hosts',
  },
  'without-quorum': { kind: 'values', value: 'FLEET', summary: 'in a disaster: disturb cosigners of this fleet though too few are up' },
})

/** Which tasks of the playbooks. */
export const taskFlags = declareFlags({
  tags: { kind: 'values', short: 't', value: 'TAGS', summary: 'only tasks with one of these tags' },
  'skip-tags': { kind: 'values', value: 'TAGS', summary: 'no task with one of these tags' },
  'start-at-task': { kind: 'value', value: 'NAME', summary: 'begin at the first task of this name (`*` stands for anything)' },
})

/** How a run is told. */
export const tellingFlags = declareFlags({
  diff: { kind: 'switch', short: 'D', summary: 'show text differences line by line' },
  json: { kind: 'switch', summary: 'print one JSON document about the run on stdout' },
  plain: { kind: 'switch', summary: 'no colour and no live progress' },
  verbose: { kind: 'switch', short: 'v', summary: 'tell of what is fine, too' },
})
