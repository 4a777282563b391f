import { declareCommand, declareFlags } from '../declare.ts'
import { inventoryFlags, tellingFlags } from '../flags.ts'

const keyFlags = declareFlags({
  key: { kind: 'value', value: 'PATH', summary: 'file with your OpenPGP private key' },
  plain: tellingFlags.plain,
})
const sealedFile = { name: 'FILE', summary: 'the sealed file' } as const
const labFlags = declareFlags({
  name: { kind: 'value', short: 'n', value: 'NAME', summary: 'the lab; left out, `lab`' },
  plain: tellingFlags.plain,
})

export const sealCommand = declareCommand({
  name: 'secrets seal',
  summary: 'encrypt a value or a file to the keys in secrets/recipients/',
  details: ['Without FILE the value is asked for on a terminal or read from stdin, and what to paste into a vars file is printed.'],
  operands: [{ name: 'FILE', summary: 'the file to seal', optional: true }],
  flags: {
    var: { kind: 'value', value: 'NAME', summary: 'print the lines of a vars file that set this variable' },
    plain: tellingFlags.plain,
  },
  examples: [
    { line: 'holdfast secrets seal --var grafana_password', does: 'ask for a value, print the `!secret` lines' },
    { line: 'holdfast secrets seal secrets/node_key.json', does: 'replace a file by its sealed form' },
  ],
})

export const viewCommand = declareCommand({
  name: 'secrets view',
  summary: 'print what a sealed file holds',
  operands: [sealedFile],
  flags: keyFlags,
  examples: [{ line: 'holdfast secrets view secrets/node_key.json', does: 'the file in the clear, on stdout' }],
})

export const editCommand = declareCommand({
  name: 'secrets edit',
  summary: 'open a sealed file in $EDITOR, and seal what was saved',
  operands: [sealedFile],
  flags: keyFlags,
  examples: [{ line: 'holdfast secrets edit secrets/api.yml', does: 'edit, seal, leave nothing in the clear on disk' }],
})

export const rekeyCommand = declareCommand({
  name: 'secrets rekey',
  summary: 'seal everything in the project to the present recipients',
  operands: [],
  flags: keyFlags,
  examples: [{ line: 'holdfast secrets rekey', does: 'after adding or removing a key in secrets/recipients/' }],
})

export const labUpCommand = declareCommand({
  name: 'lab up',
  summary: 'boot a real Debian host on this machine for every host of an inventory',
  operands: [],
  flags: {
    inventory: inventoryFlags.inventory,
    release: { kind: 'value', value: 'NAME', choices: ['bookworm', 'trixie'], summary: 'the Debian release of the hosts' },
    ...labFlags,
  },
  examples: [{ line: 'holdfast lab up -i inventories/lab', does: 'a fleet in seconds, once its base image is built' }],
})

export const labDownCommand = declareCommand({
  name: 'lab down',
  summary: 'take a lab down and remove every trace of it',
  operands: [{ name: 'NAME', summary: 'the lab, as with `--name`', optional: true }],
  flags: labFlags,
  examples: [{ line: 'holdfast lab down', does: 'nothing of the lab remains' }],
})

export const labListCommand = declareCommand({
  name: 'lab list',
  summary: 'list the labs on this machine and their hosts',
  operands: [],
  flags: { json: { kind: 'switch', summary: 'as JSON' }, plain: tellingFlags.plain },
  examples: [{ line: 'holdfast lab list', does: 'which hosts run' }],
})

export const labShellCommand = declareCommand({
  name: 'lab shell',
  summary: 'open a shell on a host of a lab',
  operands: [{ name: 'HOST', summary: 'the host' }],
  flags: labFlags,
  examples: [{ line: 'holdfast lab shell sentry-1', does: 'log in over SSH, as the engine does' }],
})

export const imageCommand = declareCommand({
  name: 'image',
  summary: 'make a container image of one static program, without network and registry',
  details: [
    'The same program gives the same image, on every machine: what it is named by on stdout can be pinned. The role `podman` brings the archive to hosts.',
  ],
  operands: [{ name: 'PROGRAM', summary: 'a statically linked program' }],
  flags: {
    name: { kind: 'value', value: 'NAME', summary: 'what the image is called; left out, `localhost/` and the name of the program' },
    tag: { kind: 'value', value: 'TAG', summary: 'for people, such as the version; no part of what is pinned' },
    certificates: { kind: 'value', value: 'FILE', summary: 'authorities in PEM that the program is to trust' },
    output: { kind: 'value', short: 'o', value: 'FILE', summary: 'the archive; left out, the name of the program and `.oci.tar`' },
    plain: tellingFlags.plain,
  },
  examples: [{ line: 'holdfast image bin/simd --tag v8.7.0 -o images/simd.oci.tar', does: 'prints `localhost/simd@sha256:…`' }],
})

export const initCommand = declareCommand({
  name: 'init',
  summary: 'write a starter project',
  operands: [{ name: 'FOLDER', summary: 'a folder that does not exist yet, or is empty' }],
  flags: { plain: tellingFlags.plain },
  examples: [{ line: 'holdfast init fleet', does: 'inventory, site playbook, a first role, a place for secrets' }],
})
