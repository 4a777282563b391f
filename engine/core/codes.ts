/** What an error code means, for docs/errors.md. */
export interface CodeFacts {
  /** What the user's thing is like when it happens. */
  readonly cause: string
  readonly cure: string
}

/** Every code an error can have. A test holds this list against the code, in both directions. */
export const CODES: { readonly [code: string]: CodeFacts } = {
  'action-in-task': {
    cause:
      'A task outside `handlers` asks for something to be done, such as `state: restarted`. That is no state a host can be in, and would happen in every run.',
    cure: 'Move it to `handlers` and notify it where something changes.',
  },
  'already-sealed': {
    cause: '`holdfast secrets seal` was given a file that is sealed already.',
    cure: 'Use `holdfast secrets edit` to change it, `holdfast secrets rekey` to seal it to other keys.',
  },
  'bad-argument': {
    cause: 'A variable that a role takes has a value of another kind than its `meta/argument_specs.yml` says.',
    cure: 'Give it the kind of value that the message names.',
  },
  'bad-argument-spec': {
    cause: 'The argument specification of a role uses a type that is not known.',
    cure: 'Use one of the types that the help lists.',
  },
  'bad-block': {
    cause: 'A block lacks `block:`, has a key it cannot have, or stands where it cannot.',
    cure: 'Do what the help says; handlers are single tasks.',
  },
  'bad-handler': {
    cause: 'A handler has no name, or a name that is a template, so that nobody could notify it reliably.',
    cure: 'Give it a fixed name, or a topic with `listen`.',
  },
  'bad-host': {
    cause: 'A host in the inventory has a name, port or range that cannot be read.',
    cure: 'Mend it as the help says: `web[01:20]`, `[::1]:22`.',
  },
  'bad-keyword': {
    cause: 'A keyword has a value of the wrong form.',
    cure: 'Write it as the help shows; docs/keywords.md says what each keyword takes.',
  },
  'bad-line': {
    cause: 'A line of an INI inventory cannot be read.',
    cure: 'Write `host name=value`, or one group on a line below `[group:children]`.',
  },
  'bad-loop': {
    cause: 'Something is looped that cannot loop: a block, or an `import_…`.',
    cure: 'Loop over `include_tasks` or `include_role`.',
  },
  'bad-merge': {
    cause: 'In a YAML document `<<` stands before something that is neither a map nor a list of maps.',
    cure: 'Let it point at an anchored map (`<<: *defaults`).',
  },
  'bad-name': {
    cause: 'What `register` or `loop_var` names cannot be the name of a variable.',
    cure: 'Use letters, digits and `_`, and no digit first.',
  },
  'bad-param': {
    cause: 'A param has a value that cannot be converted to what the module needs.',
    cure: 'Write it as the help shows; `holdfast doc MODULE` lists all params.',
  },
  'bad-params': {
    cause: 'The params of a task are no map of names and values.',
    cure: 'Write them as `name: value` below the module.',
  },
  'bad-pattern': {
    cause: 'A host pattern cannot be read.',
    cure: 'Write names of hosts and groups, separated by `:` or `,`; `&` keeps what is in both, `!` takes away, `*` stands for anything.',
  },
  'bad-role': {
    cause: 'A role is not named by plain text.',
    cure: 'Write its name, or use `include_role` in a task if the name is a template.',
  },
  'bad-section': {
    cause: 'A section of an INI inventory cannot be read.',
    cure: 'Write `[group]`, `[group:vars]` or `[group:children]`.',
  },
  'bad-tag': {
    cause: 'A YAML tag such as `!!int` stands before a text that cannot be read that way.',
    cure: 'Remove the tag or mend the value.',
  },
  'bad-value': {
    cause: 'A value has the right type and is still not allowed there: out of range, not among the allowed words, of the wrong form.',
    cure: 'Use one of the values that the message lists.',
  },
  'become-method': {
    cause: '`become_method` names a way to become another user that is not known.',
    cure: 'Use `sudo`, `su` or `doas`.',
  },
  'cannot-read': {
    cause: 'A file that is needed does not exist, is a directory, or may not be read by this user.',
    cure: 'Check the path, its owner and its mode.',
  },
  circle: {
    cause: 'Imports, includes or role dependencies lead back to where they began.',
    cure: 'Remove one of them.',
  },
  condition: {
    cause:
      'A condition (`when`, `until`, `failed_when`, `changed_when`, `assert`) is not a CEL expression, or does not come to true or false.',
    cure: 'Write it as the help shows. Ansible’s `is defined`, `and`, `not` and `in` have their CEL spellings in docs/coming-from-ansible.md.',
  },
  connection: {
    cause: '`ansible_connection` or one of its relatives has a value that is not known.',
    cure: 'Use `ssh`, `openssh`, `local` or `smart`.',
  },
  'control-character': {
    cause: 'A document holds a character that YAML does not allow.',
    cure: 'Remove it, or write it as an escape in double quotes.',
  },
  'document-too-large': {
    cause: 'A document is larger than 16 MiB, or expands to very many values by its aliases.',
    cure: 'Divide it into several files; repeat less by alias.',
  },
  'duplicate-handler': {
    cause: 'One file has two handlers of the same name. Ansible silently takes the first one.',
    cure: 'Rename one, or let both `listen` to one topic.',
  },
  'duplicate-key': {
    cause: 'One map holds the same key twice. Ansible takes the last one without a word.',
    cure: 'Remove one of the two.',
  },
  'duplicate-param': {
    cause: 'A param is given twice under two of its names.',
    cure: 'Remove one of them.',
  },
  editor: {
    cause: 'The editor ended with an error, so the edit is not taken over.',
    cure: 'Set `$EDITOR` to one that works, with its flags if it needs any (`code --wait`).',
  },
  'empty-inventory': {
    cause: 'The inventory has no hosts. Ansible ends with 0 there, and nothing has happened.',
    cure: 'Add a host, or name another inventory with `-i`.',
  },
  'endless-alias': {
    cause: 'A YAML alias stands inside the value it repeats.',
    cure: 'Remove the alias.',
  },
  'extra-vars': {
    cause: 'What follows `-e` is neither `name=value` nor a map nor `@FILE`.',
    cure: 'Write `-e name=value`, `-e \'{"name": [1, 2]}\'` or `-e @FILE`.',
  },
  'fleet-address': {
    cause: 'A host that others of its fleet must reach has no address for them.',
    cure: 'Give it `private_address`, or, for a public node, `public_address`.',
  },
  'fleet-chain': {
    cause: 'The inventory names a chain that has no profile, or a host of the groups public, sentry, cosigner and signer names no chain.',
    cure: 'Correct the name, or describe the chain in `chains/NAME.json` of the project; give `chain` to all hosts that serve it.',
  },
  'fleet-duplicate': {
    cause: 'Two hosts have the same address or node key, or two ports of a chain are one.',
    cure: 'Give each its own; both places are shown.',
  },
  'fleet-exposed': {
    cause: 'A sentry or a cosigner would be known to, or reached from, the internet.',
    cure: 'Remove what the message names; such hosts have a private address only.',
  },
  'fleet-lock': {
    cause:
      'More than half of the hosts that hold the lock of a fleet must keep it for a run, and too few of them could be reached. Nothing was changed.',
    cure: 'Bring the hosts back. See docs/guards.md for what to do if they cannot come back.',
  },
  'fleet-locked': {
    cause: 'Another run has the lock of the fleet: the message says whose, since when, from where and doing what. Nothing was changed.',
    cure: 'Let it end, or end it: the lock goes with it. See docs/guards.md.',
  },
  'fleet-name': {
    cause: 'The inventory sets a variable `fleet`, the name under which Holdfast gives the fleet.',
    cure: 'Give the variable another name.',
  },
  'fleet-no-public': {
    cause: 'The sentries of a chain have no public node, so they find no peers.',
    cure: 'Put a host of the chain into the group `public`, unless the network is your own.',
  },
  'fleet-no-sentry': {
    cause: 'The cosigners, or the signer, of a chain have no sentry to sign for.',
    cure: 'Put a host of the chain into the group `sentry`.',
  },
  'fleet-node-id': {
    cause: 'A node that others must know has no id, or its key cannot be used.',
    cure: 'Give it `node_id`, or make keys for all that have none: `holdfast keys node`.',
  },
  'fleet-shards': {
    cause: 'The shards of the cosigners of a chain are not 1 to their number, each once.',
    cure: 'Give each cosigner the `shard_id` of the shard it holds.',
  },
  'fleet-signers': {
    cause: 'More than one host would sign with the whole key of a chain, or one besides its cosigners.',
    cure: 'Leave one host in the group `signer` and none in `cosigner`, or cosigners alone.',
  },
  'fleet-threshold': {
    cause: 'The cosigners of a chain could not agree, could agree twice, or tolerate no loss.',
    cure: 'Set `signing_threshold` once, on the group `cosigner`: more than half, and fewer than all.',
  },
  'fleet-tiers': {
    cause: 'A host is in two of the groups public, sentry, cosigner and signer.',
    cure: 'Leave it in one; use another host for the other.',
  },
  'fleet-tunnel': {
    cause: 'A host of a private network of tunnels has no end for them, or one that the others cannot use.',
    cure: 'Correct `tunnel_address`, `private_address` or `tunnel_peers`; docs/roles/private_network.md says what each one means.',
  },
  'fleet-two': {
    cause: 'The signers of two chains would sign on one host, or two fleets are one chain.',
    cure: 'Give each chain hosts of its own, and one profile.',
  },
  'fleet-value': {
    cause: 'A variable that describes the fleet has a value that cannot be used.',
    cure: 'Write it as the message says.',
  },
  'group-circle': {
    cause: 'A group is its own child, perhaps by way of others.',
    cure: 'Remove one of the children.',
  },
  'guard-overridden': {
    cause: 'A run was told to go on without the lock or the quorum of a fleet. The journal says so.',
    cure: 'Nothing, if it was meant. See docs/guards.md for what it risks.',
  },
  'hidden-vars': {
    cause: 'Two files are for the same name, such as `all.yml` and the folder `all/`. Ansible silently reads only one of them.',
    cure: 'Move one into the other; a folder may hold any number of files.',
  },
  'ignored-file': {
    cause: 'A file in an inventory folder is not read, because some versions of Ansible do not read files of that name.',
    cure: 'Give it another ending.',
  },
  'ignored-port': {
    cause: 'A port beside a host name is ignored, because the host was named before.',
    cure: 'Set `ansible_port` instead.',
  },
  'image-name': {
    cause: '`holdfast image` was given a name or a tag that no image can have.',
    cure: 'Write the name as `localhost/simd`, in small letters and without a tag, and the tag as `v8.7.0`.',
  },
  'image-program': {
    cause: '`holdfast image` cannot make an image of this file: it is not there, or no static program for Linux.',
    cure: 'Name a statically linked program; an image of it alone holds no libraries.',
  },
  'init-folder': {
    cause: '`holdfast init` cannot write to the folder.',
    cure: 'Name another folder, or check the rights to this one.',
  },
  'init-occupied': {
    cause: '`holdfast init` was given a folder that is not empty.',
    cure: 'Name a folder that does not exist yet.',
  },
  'inventory-plugin': {
    cause: 'The inventory asks for an Ansible inventory plugin.',
    cure: 'Write an executable that prints what `ansible-inventory --list --export` prints.',
  },
  'inventory-program': {
    cause: 'An inventory program failed, or did not print what it must.',
    cure: 'Run it by hand with `--list`; it must print JSON and end with 0.',
  },
  journal: {
    cause: 'The journal of the run cannot be written.',
    cure: 'Make the folder writable, or free some space.',
  },
  'key-not-text': {
    cause: 'A key of a map is a list, a map, or a word that YAML reads as a boolean or a number.',
    cure: 'Write the key in quotes.',
  },
  'keys-backup': {
    cause: 'A folder holds no backup of shards, or one that is damaged or of another fleet.',
    cure: 'Name what `holdfast keys backup --to` wrote, or take another copy of it.',
  },
  'keys-busy': {
    cause: 'Another call of `holdfast keys` has begun to write into the inventory and has not finished.',
    cure: 'Wait for its end. If it was killed, run again: what it had begun is finished first.',
  },
  'keys-fleet': {
    cause: 'The inventory has no cosigners to make shards for, or no folder in which keys could be kept.',
    cure: 'Describe the cosigners as the help says, or name the inventory by its folder or file.',
  },
  'keys-horcrux': {
    cause: 'Horcrux, which splits the key, cannot be found or run, is too old, or failed.',
    cure: 'Name a release from 3.3.2 on with `--horcrux PATH`. Nothing was written.',
  },
  'keys-import': {
    cause:
      'A file that is to be imported is no `priv_validator_key.json` of CometBFT with an ed25519 key, or no `priv_validator_state.json`.',
    cure: 'Take both from the old signer, after it was stopped for good.',
  },
  'keys-mixed': {
    cause: 'Shards that are to sign together were made at different times, for another number of cosigners, or lie at the wrong host.',
    cure: 'Take all of them from one backup, or make them anew from the whole key with `holdfast keys import`.',
  },
  'keys-none': {
    cause: 'No cosigner of the fleet has a shard in the inventory.',
    cure: 'Make them with `holdfast keys create`, or bring them back with `holdfast keys restore`.',
  },
  'keys-one-person': {
    cause: 'One person can open as many shards as sign, and so has the whole key. A warning; nothing is refused.',
    cure: 'Let `signer_recipients` of the cosigners name different people. In a lab this is fine.',
  },
  'keys-place': {
    cause: 'Keys cannot be written because something stands in the place.',
    cure: 'Do what the help says; nothing was written.',
  },
  'keys-present': {
    cause:
      'A cosigner has a shard already. Shards that are made anew never sign together with those made before, so they are not replaced by accident.',
    cure: 'Leave them. To replace the shards of all cosigners, name the key with `--replace`; docs/key-ceremony.md says what that means.',
  },
  'keys-recipients': {
    cause: 'A cosigner does not say who may open its shard, or names somebody whose public key is not in the project.',
    cure: 'Set `signer_recipients` for each cosigner, and put the public keys into `secrets/custodians/`.',
  },
  'keys-shards': {
    cause: 'What Horcrux made does not fit the key or the fleet.',
    cure: 'Check which program is used; nothing was written.',
  },
  'keys-stale': {
    cause: 'A shard is sealed to others than those whom `signer_recipients` names now. A warning.',
    cure: 'Run `holdfast keys reseal` as someone who can open it. Who could open it before still can, in the history of the repository.',
  },
  'keys-state': {
    cause: 'A key is imported that may have signed, and the call does not say how far, or says two things.',
    cure: 'Add `--state FILE` with the state of the old signer, taken after it was stopped. With `--without-state` cosigners that have no state of their own may sign a height twice.',
  },
  'keys-swap': {
    cause: 'The machine may write its memory to a disk, where a key could be found later.',
    cure: 'Run `swapoff -a` and `ulimit -c 0` first, or use a machine that has no swap.',
  },
  'keys-undecided': {
    cause: 'The call does not say whether the whole key is kept.',
    cure: 'Add `--keep-sealed-for NAME`, or `--keep-none`.',
  },
  'lab-address': {
    cause: 'The address of a lab host is not possible, or two hosts have the same one.',
    cure: 'Mend `ansible_host` in the inventory of the lab.',
  },
  'lab-boot': {
    cause: 'A host of the lab did not come up; the end of its console is shown.',
    cure: 'Read the console; take the lab down and up again.',
  },
  'lab-exists': {
    cause: 'A lab of this name is already up.',
    cure: 'Take it down with `holdfast lab down NAME`, or give the new one another name.',
  },
  'lab-mirror': {
    cause: 'apt on this machine knows no mirror from which the base image could be built.',
    cure: 'Add a mirror to `/etc/apt/sources.list.d` and run `apt-get update`.',
  },
  'lab-off': {
    cause: 'The host of the lab is not running.',
    cure: 'Boot the lab again with `holdfast lab up`.',
  },
  'lab-range': {
    cause: 'The addresses of the lab are already in use on this machine.',
    cure: 'Take down the lab that uses them (`holdfast lab list`), or give this one other addresses.',
  },
  'lab-request': {
    cause: 'The inventory asks for a host that the lab cannot boot: a name or an address that is not possible there.',
    cure: 'Mend what the message names in the inventory.',
  },
  'lab-unknown': {
    cause: 'There is no lab, or no host in it, of this name.',
    cure: '`holdfast lab list` shows those there are.',
  },
  misnamed: {
    cause: 'A file looks like YAML, and its name says it is something else.',
    cure: 'Give it the ending `.yml`.',
  },
  'missing-argument': {
    cause: 'A role needs a variable that is not defined for a host.',
    cure: 'Define it in group_vars, or give it where the role is used.',
  },
  'missing-file': {
    cause: 'A file or template that is needed is in none of the folders where it is looked for.',
    cure: 'Put it at one of the places the help lists.',
  },
  'missing-hosts': {
    cause: 'A play does not say which hosts it is for.',
    cure: 'Add `hosts:`.',
  },
  'missing-key': {
    cause: 'A map lacks a key that must be there.',
    cure: 'Add it at the place shown.',
  },
  'missing-param': {
    cause: 'A task does not give its module a param that it needs.',
    cure: 'Add it; `holdfast doc MODULE` lists all params.',
  },
  'needs-yes': {
    cause: 'Changes must be confirmed, and nobody is at a terminal.',
    cure: 'Add `--yes`, or look first with `--check`.',
  },
  'no-fleet': {
    cause: 'The inventory describes no fleet, or none of the chain that was asked for.',
    cure: 'Name the `chain` of the hosts in the groups `public`, `sentry` and `cosigner`.',
  },
  'no-folder': {
    cause: 'The folder in which the command was called no longer exists.',
    cure: 'Change to a folder that does.',
  },
  'no-hosts': {
    cause: 'The hosts asked for come to none.',
    cure: 'Correct the pattern or `--limit`; `holdfast inventory --graph` shows all hosts and groups.',
  },
  'no-inventory': {
    cause: 'An inventory does not exist. Ansible ends with 0 there, and nothing has happened.',
    cure: 'Check the path; a list of hosts needs a comma: `-i host,`.',
  },
  'no-memory-folder': {
    cause: '`holdfast secrets edit` needs a folder in memory for the editor, and the machine has none, so the text would reach a disk.',
    cure: 'Edit on a machine with `/dev/shm`, or change the value with `holdfast secrets seal`.',
  },
  'no-module': {
    cause: 'A task calls no module.',
    cure: 'Say what to do: `apt:`, `copy:`, `command:`.',
  },
  'no-password': {
    cause: 'The password for `become` is empty.',
    cure: 'Type one, write it to the file, or leave out the flag that asks for it.',
  },
  'no-recipients': {
    cause: 'There is nobody to seal to: `secrets/recipients/` holds no public key.',
    cure: 'Add yours: `gpg --armor --export ADDRESS > secrets/recipients/NAME.asc`.',
  },
  'no-terminal': {
    cause: 'Something must be asked for, and nobody is at a terminal.',
    cure: 'Use the flag that the help names.',
  },
  'no-value': {
    cause: '`holdfast secrets seal` was given nothing to seal.',
    cure: 'Type a value, pipe one in, or name a file.',
  },
  'not-a-folder': {
    cause: 'Something that must be a folder is a file.',
    cure: 'Make it a folder, with a file for each name.',
  },
  'not-a-list': {
    cause: 'Tasks, plays or roles are not given as a list.',
    cure: 'Begin each with `- `.',
  },
  'not-a-map': {
    cause: 'Something that must be a map of names and values is not.',
    cure: 'Write `name: value` on each line.',
  },
  'not-a-recipient': {
    cause: 'A secret is sealed, but not to your key.',
    cure: 'Ask one of the people named to add your public key to `secrets/recipients/` and to run `holdfast secrets rekey`.',
  },
  'not-executable': {
    cause: 'An inventory program may not be run.',
    cure: 'Run `chmod +x` on it.',
  },
  'not-fixed': {
    cause: 'A name must be known before the run, and is a template.',
    cure: 'Write it out, or use the `include_…` form, which decides for each host.',
  },
  'not-sealed': {
    cause: 'A value is marked `!secret` and is no OpenPGP message, or only a part of one.',
    cure: 'Paste what `holdfast secrets seal` prints, from the first line to the last.',
  },
  'not-sealed-file': {
    cause: '`holdfast secrets view` or `edit` was given a file that is not sealed as a whole.',
    cure: 'Seal it with `holdfast secrets seal FILE`. To change a `!secret` value, seal the new value and put it in its place.',
  },
  'not-utf8': {
    cause: 'A document is not encoded in UTF-8.',
    cure: 'Convert it with `iconv`.',
  },
  'nul-byte': {
    cause:
      'A value with a NUL byte would become a word of a shell command, which cannot hold one. Such bytes come from the output of hosts.',
    cure: 'Take the byte out of the value; a file may hold it, so `copy` with `content` can write it.',
  },
  'number-too-large': {
    cause: 'A number cannot be kept exactly. For amounts of tokens an error is better than a rounded number.',
    cure: 'Put it in quotes.',
  },
  'passphrase-needed': {
    cause:
      'Your private key has a passphrase, and nobody can be asked for it: there is no terminal, or a run is under way and meets something sealed that lies outside of the project.',
    cure: 'Run it on a terminal, or give the machine that runs unattended a key of its own. Keep what is sealed in the project, so that it is found before the run.',
  },
  'passphrase-wrong': {
    cause: 'The passphrase does not unlock your private key.',
    cure: 'Run it again.',
  },
  'password-exposed': {
    cause: 'A file with a password can be read by others on this machine.',
    cure: 'Run `chmod 600` on it.',
  },
  'pattern-without-hosts': {
    cause: 'A host pattern matches no host. Ansible skips the play and ends with 0.',
    cure: 'Correct the pattern; `holdfast inventory --graph` shows all hosts and groups.',
  },
  'private-key-exposed': {
    cause: 'The file with your private key can be read by others on this machine.',
    cure: 'Run `chmod 600` on it.',
  },
  'private-key-missing': {
    cause: 'A secret must be opened, and there is no private key where it is looked for.',
    cure: 'Export yours there with `gpg --armor --export-secret-keys ADDRESS`, or name its file with `--key`.',
  },
  'private-key-unreadable': {
    cause: 'The file with your private key holds no OpenPGP private key.',
    cure: 'Write it again with `gpg --armor --export-secret-keys ADDRESS`.',
  },
  'project-exposed': {
    cause: 'A file of the project can be written by everyone on this machine, who could thus run commands on your hosts.',
    cure: 'Run `chmod o-w` on it.',
  },
  quorum: {
    cause:
      'A change may take a cosigner down, and too many others are down already: the message names each and says how that was seen. The host was left untouched.',
    cure: 'Bring the others back, then run again. See docs/guards.md.',
  },
  'recipient-private': {
    cause: 'A file of `secrets/recipients/` holds a private key.',
    cure: 'Remove it, replace the key by a new one, and run `holdfast secrets rekey`.',
  },
  'recipient-unreadable': {
    cause: 'A file of `secrets/recipients/` holds no OpenPGP public key.',
    cure: 'Write it again with `gpg --armor --export ADDRESS`.',
  },
  'recipient-unusable': {
    cause: 'A key of `secrets/recipients/` is expired, revoked, too weak or not made for encryption.',
    cure: 'Replace it by a key that is valid, or remove it.',
  },
  'sealed-binary': {
    cause: 'A sealed value holds bytes that are no text.',
    cure: 'Encode them, for example in base64, before you seal them.',
  },
  'sealed-damaged': {
    cause: 'A secret is sealed to your key, but the message is damaged or was altered.',
    cure: 'Take it from the version control again, or seal the value anew.',
  },
  'sealed-no-vars': {
    cause: 'A sealed vars file holds something else than names and values.',
    cure: 'Seal a single value as `name: !secret |` in an ordinary vars file.',
  },
  'sealed-number': {
    cause: 'A sealed vars file holds a number, which would be shown like any other number.',
    cure: 'Write it in quotes if it is a secret; otherwise keep it in an ordinary vars file.',
  },
  'sealed-to-nobody': {
    cause: 'A message is sealed with a password instead of to keys.',
    cure: 'Open it with `gpg --decrypt`, and seal it with `holdfast secrets seal`.',
  },
  'sealed-yaml': {
    cause: 'What a sealed vars file holds is no valid YAML. The place is that in the opened text; nothing of it is shown.',
    cure: 'Mend it with `holdfast secrets edit FILE`.',
  },
  'secret-in-environment': {
    cause: 'An environment variable would hold a secret, and others on the host could read it.',
    cure: 'Hand it over with `stdin`, or write it to a file with mode 0600.',
  },
  'secret-closed': {
    cause:
      'A condition or a loop asks for a value of `signer.yml`, or for one that is sealed to others. Such values are opened only for tasks that take them.',
    cure: 'Give it to the task as a param, and decide by something that is not secret.',
  },
  'secret-unopened': {
    cause: 'A secret came into use that was in none of the documents opened when the run began.',
    cure: 'Report it: this is a bug.',
  },
  'second-signer': {
    cause:
      'A key, or a shard of one, was about to be placed or started while it may sign elsewhere: it was found there, is on record there, or a host that could hold it did not answer.',
    cure: 'Do what the help says for each place. A machine that is destroyed for certain is vouched for by its name; docs/one-signer.md says how.',
  },
  serial: {
    cause: '`serial` is neither a whole number nor a percentage.',
    cure: 'Write a number of hosts, a percentage, or a list of them.',
  },
  'several-documents': {
    cause: 'A file holds more than one YAML document where one is expected.',
    cure: 'Remove the `---` line, or move what follows it to a file of its own.',
  },
  'several-loops': {
    cause: 'A task has more than one loop.',
    cure: 'Keep one; `{{ product a b }}` makes one list of two.',
  },
  'several-modules': {
    cause: 'A task calls more than one module.',
    cure: 'Make two tasks of it.',
  },
  'shared-name': {
    cause: 'A host and a group have the same name.',
    cure: 'Rename one of them.',
  },
  'signer-down': {
    cause: 'A cosigner that was up before a change has not come back after it. Others are not disturbed until it has.',
    cure: 'Look at the signer on the host. See docs/guards.md.',
  },
  'slow-pattern': {
    cause: 'A regular expression took longer than two seconds on its text, which may come from a host. Such patterns can take for ever.',
    cure: 'Write it so that each part of a text can match in one way only: no repetition inside a repetition, as in `(a+)+`.',
  },
  'ssh-args': {
    cause: '`ansible_ssh_common_args` or one of its relatives holds an option that the built-in transport cannot honour.',
    cure: 'Take it out, or put it into `~/.ssh/config` and set `ansible_connection: openssh` for the host.',
  },
  'task-failed': {
    cause: 'A task failed on a host. The detail shows the host, the exit status and the end of what it printed.',
    cure: 'Mend what it says, and run again; what is already right is left alone.',
  },
  template: {
    cause: 'A template calls a helper with params it does not take.',
    cure: 'See docs/template-helpers.md for what each helper takes.',
  },
  'template-syntax': {
    cause: 'A `{{ … }}` is no Handlebars expression, or a block is opened and never closed.',
    cure: 'Write it as the help shows. Jinja filters are helpers here: `{{ lower name }}`.',
  },
  'toml-syntax': {
    cause: 'A TOML document cannot be read.',
    cure: 'Check the quotes, brackets and commas before the place shown.',
  },
  'too-deep': {
    cause: 'A document is nested too deeply.',
    cure: 'Check its brackets.',
  },
  'topology-file': {
    cause: 'The drawing of `holdfast topology` cannot be written.',
    cure: 'Name a file in a folder that is there and may be written to.',
  },
  'undefined-variable': {
    cause: 'A template or condition uses a name that has no value for this host.',
    cure: 'Define it, correct its name, or give it a default: `{{ default name "x" }}`; in a condition, ask `defined(name)`.',
  },
  'unknown-alias': {
    cause: 'A YAML alias (`*name`) has no anchor (`&name`) above it.',
    cure: 'Add the anchor, or quote a text that begins with `*`.',
  },
  'unknown-group': {
    cause: 'An INI inventory names a group as a child, or sets its vars, and never declares it.',
    cure: 'Declare it with `[name]`, or correct the name.',
  },
  'unknown-handler': {
    cause: 'A task notifies a handler that does not exist. Ansible finds out only when that task changes something.',
    cure: 'Correct the name; the help names the nearest.',
  },
  'unknown-host': {
    cause: 'There is no host of this name in the inventory.',
    cure: 'Correct the name; `holdfast inventory --list` shows all.',
  },
  'unknown-key': {
    cause: 'A map holds a key that is not known there.',
    cure: 'Correct or remove it; the help names the nearest known one.',
  },
  'unknown-module': {
    cause: 'There is no module of this name.',
    cure: '`holdfast doc --list` names all modules.',
  },
  'unknown-param': {
    cause: 'The module has no param of this name.',
    cure: 'Correct or remove it; `holdfast doc MODULE` lists all params.',
  },
  'unknown-role': {
    cause: 'There is no role of this name in the project, nor among those that come with Holdfast.',
    cure: 'Correct the name, or add the role below `roles/`.',
  },
  'unknown-tag': {
    cause: 'A YAML tag is not known.',
    cure: 'Use `!secret` or `!unsafe`, or remove the tag.',
  },
  'unknown-task': {
    cause: 'No task has the name given to `--start-at-task`.',
    cure: 'Correct the name; `*` stands for anything, and `holdfast plan` lists all tasks.',
  },
  'unknown-variable': {
    cause: 'The host has no variable of this name.',
    cure: 'Correct the name; `holdfast inventory --host NAME` shows all.',
  },
  'unquoted-template': {
    cause: 'A value begins with `{{` and is not in quotes, so YAML takes it for a map.',
    cure: "Put the whole value in quotes: '{{ name }}'.",
  },
  unreachable: {
    cause:
      'A host could not be reached, or the connection to it was lost. The message tells refused, timeout, host key and authentication apart.',
    cure: 'Do what the help says for that case. The host counts as failed for every rule that stops a run.',
  },
  'unsupported-keyword': {
    cause: 'A keyword of Ansible is not supported here.',
    cure: 'Do what the help says instead; docs/keywords.md lists them all.',
  },
  usage: {
    cause: 'The command line has a word or a flag that is not understood, or lacks one.',
    cure: '`holdfast help COMMAND` shows how the command is called.',
  },
  'variable-cycle': {
    cause: 'Variables refer to each other in a circle.',
    cure: 'Give one of them a value of its own, or another name.',
  },
  vault: {
    cause: 'A value is sealed with Ansible Vault.',
    cure: 'Decrypt it with `ansible-vault`, and seal it with `holdfast secrets seal`.',
  },
  'would-stop': {
    cause:
      'In check mode or in a preview, so many hosts failed or were not reached that an apply would end there. The look went on to the others.',
    cure: 'Mend those hosts, or leave them out with `--limit`.',
  },
  'writable-file': {
    cause: 'Others than its owner may write an inventory or vars file, and could thus run commands on your hosts.',
    cure: 'Run `chmod go-w` on it.',
  },
  'writable-program': {
    cause: 'Anyone may write an inventory program that would be run.',
    cure: 'Run `chmod o-w` on it.',
  },
  'wrong-type': {
    cause: 'A value has another type than the one that is needed.',
    cure: 'Write it as the message says; text that looks like a number or a boolean needs quotes.',
  },
  'yaml-syntax': {
    cause: 'A document is no valid YAML.',
    cure: 'Mend the place shown; most often it is the indentation or a missing quote.',
  },
}
