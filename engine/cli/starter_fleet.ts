const FORWARDING = `# What passes through here on its way to the other hosts is a forwarded connection.
hardening_ssh_forwarding: true
`

/** The two inventories of a starter project: one to try things on, which boots on this machine, and one to fill in. */
export const STARTER_FLEET: { readonly [path: string]: string } = {
  'inventories/lab/hosts.yml': `# A small fleet to try things on. Root on Debian or Ubuntu boots it on this machine, as real hosts:
#   holdfast lab up -n starter      and away with it: holdfast lab down starter
all:
  vars:
    ansible_user: operator
    ansible_ssh_private_key_file: /var/lib/holdfast/lab/starter/key
    ansible_ssh_common_args: -o UserKnownHostsFile=/var/lib/holdfast/lab/starter/known_hosts
    # The chain it serves, once it serves one. Until then the engine knows of no fleet: no lock of it, no quorum, no topology.
    # Then also: \`public_address\` for public nodes, and \`holdfast keys node\`, which makes the keys of the nodes.
    # chain: simd
  children:
    public:
      hosts:
        public-1: { ansible_host: 10.88.0.11 }
    sentry:
      hosts:
        sentry-1: { ansible_host: 10.88.0.21 }
    cosigner:
      vars:
        # Of three, two sign.
        signing_threshold: 2
        lab_internet: false
      hosts:
        cosigner-1: { ansible_host: 10.88.0.31, shard_id: 1 }
        cosigner-2: { ansible_host: 10.88.0.32, shard_id: 2 }
        cosigner-3: { ansible_host: 10.88.0.33, shard_id: 3 }
    bastion:
      hosts:
        bastion-1: { ansible_host: 10.88.0.51 }
`,
  'inventories/lab/group_vars/all.yml': `# In the lab one network is the private one and the internet, so each host has one address.
private_address: '{{ ansible_host }}'

# The machine the lab runs on, as its hosts see it: the first address of their range.
lab_controller: "{{ regex_replace ansible_host '[0-9]+$' '1' }}"

firewall_management:
  - '{{ lab_controller }}'
hardening_management: '{{ firewall_management }}'

# apt reaches its mirrors through a proxy on that machine.
firewall_extra_zones:
  package_proxy: '{{ firewall_management }}'
firewall_extra_flows:
  - name: packages through the proxy of the lab
    from: [public, sentry, bastion]
    to: [package_proxy]
    ports: [8888]

# Settings outside \`net.\` would change the machine the lab runs on, and all its other hosts.
hardening_sysctl_without:
  - kernel.sysrq
  - kernel.randomize_va_space
  - kernel.yama.ptrace_scope
  - kernel.kptr_restrict
  - kernel.dmesg_restrict
  - kernel.core_uses_pid
  - kernel.perf_event_paranoid
  - fs.suid_dumpable
  - fs.protected_hardlinks
  - fs.protected_symlinks
  - fs.protected_fifos
  - fs.protected_regular
  - vm.mmap_min_addr
`,
  'inventories/lab/group_vars/bastion.yml': FORWARDING,
  'inventories/mainnet/hosts.yml': `# Your fleet. Replace the names and addresses; every address here is one that documents use and nobody has.
#   ansible_host      where this machine reaches the host
#   private_address   where the other hosts of the fleet reach it: the firewall is made from these
all:
  vars:
    # The account you log in with, by key. It needs sudo; for one that asks for a password, add --ask-become-pass.
    ansible_user: operator
    # The chain it serves, once it serves one: a profile that comes with Holdfast (gaia, osmosis, simd …), or one in chains/. Until then the engine knows
    # of no fleet: no lock of it, no quorum, no topology. Then also: \`public_address\` for public nodes, and \`holdfast keys node\`.
    # chain: gaia
  children:
    public:
      hosts:
        public-1: { ansible_host: 203.0.113.11, private_address: 10.42.0.11 }
        public-2: { ansible_host: 203.0.113.12, private_address: 10.42.0.12 }
    sentry:
      hosts:
        sentry-1: { ansible_host: 203.0.113.21, private_address: 10.42.0.21 }
        sentry-2: { ansible_host: 203.0.113.22, private_address: 10.42.0.22 }
    cosigner:
      vars:
        # Of three, two sign.
        signing_threshold: 2
      hosts:
        cosigner-1: { ansible_host: 10.42.0.31, private_address: 10.42.0.31, shard_id: 1 }
        cosigner-2: { ansible_host: 10.42.0.32, private_address: 10.42.0.32, shard_id: 2 }
        cosigner-3: { ansible_host: 10.42.0.33, private_address: 10.42.0.33, shard_id: 3 }
    monitoring:
      hosts:
        monitoring-1: { ansible_host: 203.0.113.41, private_address: 10.42.0.41 }
    bastion:
      hosts:
        bastion-1: { ansible_host: 203.0.113.51, private_address: 10.42.0.51 }
`,
  'inventories/mainnet/group_vars/all.yml': `# REPLACE THIS: the addresses or networks you run Holdfast from. They may always reach sshd. Without yours among them the firewall is
# refused by the first host it would lock you out of: a host that cannot be reached afterwards brings its old rules back.
management_networks:
  - 198.51.100.7
firewall_management: '{{ management_networks }}'
# The cosigners see you come from the bastion.
hardening_management: "{{ concat management_networks (extract groups.bastion hostvars 'private_address') }}"

# Accounts of people. Anyone who is not here loses SSH: sshd lets in these, the account of the run, and \`automation\`.
# hardening_login_users: [ana, ben]

# Public keys of \`automation\`, an account for machines that may do little.
# hardening_automation_keys:
#   - ssh-ed25519 AAAA... scheduler
`,
  'inventories/mainnet/group_vars/cosigner.yml': `# No internet, and no mirror: packages are not installed, and what needs them (time, audit, upgrades) is left out.
internet: false
# Once chrony, libpam-pwquality, unattended-upgrades, auditd and audispd-plugins are on them, let the sentries give them the time:
# hardening_packages_from: image
# hardening_time_servers: "{{ extract groups.sentry hostvars 'private_address' }}"

# The way to them is the bastion.
ansible_ssh_common_args: -J operator@203.0.113.51
`,
  'inventories/mainnet/group_vars/sentry.yml': `hardening_time_clients: "{{ extract groups.cosigner hostvars 'private_address' }}"
`,
  'inventories/mainnet/group_vars/bastion.yml': FORWARDING,
}
