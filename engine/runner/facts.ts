import type { Json } from '../core/json.ts'
import { type Script, sh } from '../core/script.ts'
import { mounts, network } from './facts_network.ts'

/** What a host says of itself, under the leaf names of Ansible's `ansible_facts`. */
export type Facts = { readonly [name: string]: Json }

/** Files that are read whole, and what the facts call them. */
const FILES: { readonly [path: string]: string } = {
  '/etc/os-release': 'os',
  '/etc/debian_version': 'debian',
  '/etc/machine-id': 'machine_id',
  '/etc/hosts': 'hosts',
  '/etc/resolv.conf': 'resolv',
  '/proc/uptime': 'uptime',
  '/proc/cmdline': 'cmdline',
  '/proc/self/mounts': 'mounts',
  '/proc/1/comm': 'pid1',
  '/proc/sys/kernel/version': 'kernel_version',
  '/proc/sys/kernel/random/boot_id': 'boot_id',
  '/proc/sys/crypto/fips_enabled': 'fips',
  '/proc/meminfo': 'mem',
  '/proc/cpuinfo': 'cpu',
  '/sys/kernel/security/lsm': 'lsm',
  '/sys/class/dmi/id/product_name': 'product',
  '/sys/class/dmi/id/sys_vendor': 'vendor',
  '/run/systemd/container': 'container',
}

/** These are long; only some of their lines count. */
const LONG = ['/proc/meminfo', '/proc/cpuinfo']

/**
 * Reads everything the facts are made of, in one go and with few processes, as each costs a host more than all it reads: each line
 * is `key=value` or `path:line`, and what a host does not have is left out. Nothing here waits on a network file system or another host.
 */
export const factsScript: Script = sh`
p() { IFS='
'; set -f; for l in $2; do printf 'hf.%s=%s\n' "$1" "$l"; done; set +f; unset IFS; }
grep -asH '' ${Object.keys(FILES).filter((path) => !LONG.includes(path))}
grep -asHE '^(Mem(Total|Free|Available)|Swap(Total|Free)|processor|physical id|model name)' ${LONG}
p uname "$(uname -s -n -r -m)"
p arch "$(dpkg --print-architecture 2>/dev/null)"
p id "$(id)"
p home "$HOME"
p date "$(date -u '+%Y-%m-%dT%H:%M:%SZ %s %z')"
[ -e /sys/fs/cgroup/cgroup.controllers ] && echo hf.cgroup=v2
[ -d /sys/module/apparmor ] && echo hf.apparmor=present
[ -d /sys/fs/selinux ] && echo hf.selinux=present
p ip "$(ip -o -force -batch - 2>/dev/null <<'END'
addr show
link show
route get 192.0.2.1
route get 2001:db8::1
END
)"
p ssh "$(ssh -V 2>&1)"
p nft "$(nft --version 2>/dev/null)"
for c in python3 apt systemctl podman; do command -v $c >/dev/null && printf 'hf.program=%s\n' $c; done
for u in /run/reboot-required; do [ -e $u ] && echo hf.reboot=required; done
true`

/** The facts in what the script printed. Lines without the prefix are noise and count for nothing. */
export function parseFacts(stdout: string): Facts {
  const read = collect(stdout)
  const one = (key: string): string => read.get(key)?.[0] ?? ''
  const all = (key: string): readonly string[] => read.get(key) ?? []
  return {
    ...operatingSystem(pairs(all('os'), '='), one('debian')),
    ...kernel(one),
    ...names(one('uname').split(' ')[1] ?? '', all('hosts')),
    ...memory(pairs(all('mem'), ':')),
    ...processors(all('cpu')),
    ...user(one('id'), one('home')),
    ...network(all),
    ...time(one('date'), one('uptime')),
    ...security(one),
    ...software(one, all('program')),
    mounts: mounts(all('mounts')),
    dns: { nameservers: all('resolv').flatMap((line) => /^nameserver\s+(\S+)/.exec(line)?.slice(1) ?? []) },
  }
}

type One = (key: string) => string

function collect(stdout: string): Map<string, string[]> {
  const read = new Map<string, string[]>()
  for (const line of stdout.split('\n')) {
    const [key, value] = keyed(line)
    if (key === undefined) continue
    const values = read.get(key)
    if (values) values.push(value)
    else read.set(key, [value])
  }
  return read
}

/** What a line tells, and under which name: `hf.name=value`, or `/path:line` of a file that is read. */
function keyed(line: string): readonly [string | undefined, string] {
  const told = /^hf\.(\w+)=(.*)$/.exec(line)
  if (told) return [told[1], told[2] ?? '']
  const [, path = '', text = ''] = /^(\/[^:]+):(.*)$/.exec(line) ?? []
  return [FILES[path], text]
}

function pairs(lines: readonly string[], separator: string): Map<string, string> {
  return new Map(
    lines.map((line) => {
      const at = line.indexOf(separator)
      return [
        line.slice(0, at).trim(),
        line
          .slice(at + 1)
          .trim()
          .replace(/^(["'])(.*)\1$/, '$2'),
      ]
    }),
  )
}

function operatingSystem(os: Map<string, string>, debian: string): Facts {
  const id = os.get('ID') ?? ''
  const family = [id, ...(os.get('ID_LIKE') ?? '').split(' ')].includes('debian') ? 'Debian' : id
  const version = id === 'debian' ? debian : (os.get('VERSION_ID') ?? '')
  return {
    distribution: (os.get('NAME') ?? '').split(' ')[0] ?? '',
    distribution_id: id,
    distribution_version: version,
    distribution_major_version: (os.get('VERSION_ID') ?? '').split('.')[0] ?? '',
    distribution_release: os.get('VERSION_CODENAME') ?? '',
    os_family: family,
  }
}

/** The full name as /etc/hosts has it; asking the resolver could wait on a name server that does not answer. */
function names(nodename: string, hosts: readonly string[]): Facts {
  const known = hosts.map((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1)).find((aliases) => aliases.includes(nodename))
  const fqdn = [nodename, ...(known ?? [])].find((name) => name.includes('.')) ?? nodename
  return { nodename, hostname: nodename.split('.')[0] ?? nodename, fqdn, domain: fqdn.split('.').slice(1).join('.') }
}

function kernel(one: One): Facts {
  const [system = '', , release = '', machine = ''] = one('uname').split(' ')
  return {
    system,
    kernel: release,
    kernel_version: one('kernel_version'),
    machine,
    architecture: machine,
    debian_architecture: one('arch'),
    machine_id: one('machine_id'),
    boot_id: one('boot_id'),
    cmdline: one('cmdline'),
    product_name: one('product'),
    system_vendor: one('vendor'),
    virtualization_type: one('container'),
  }
}

function security(one: One): Facts {
  return {
    fips: one('fips') === '1',
    apparmor: { status: one('apparmor') ? 'enabled' : 'disabled' },
    selinux: { status: one('selinux') ? 'enabled' : 'disabled' },
    lsm: one('lsm').split(',').filter(Boolean),
    cgroup_version: one('cgroup') === 'v2' ? 2 : 1,
  }
}

function software(one: One, programs: readonly string[]): Facts {
  return {
    service_mgr: one('pid1'),
    openssh_version: /OpenSSH_([\d.]+)/.exec(one('ssh'))?.[1] ?? '',
    nftables_version: /v([\d.]+)/.exec(one('nft'))?.[1] ?? '',
    pkg_mgr: programs.includes('apt') ? 'apt' : 'unknown',
    programs,
    reboot_required: one('reboot') === 'required',
  }
}

function memory(mem: Map<string, string>): Facts {
  const mb = (key: string): number => Math.floor(Number.parseInt(mem.get(key) ?? '0', 10) / 1024)
  return {
    memtotal_mb: mb('MemTotal'),
    memfree_mb: mb('MemFree'),
    memavailable_mb: mb('MemAvailable'),
    swaptotal_mb: mb('SwapTotal'),
    swapfree_mb: mb('SwapFree'),
  }
}

function processors(cpu: readonly string[]): Facts {
  const values = (key: string): string[] =>
    cpu.filter((line) => line.startsWith(key)).map((line) => line.slice(line.indexOf(':') + 1).trim())
  return {
    processor_vcpus: values('processor').length,
    processor_count: new Set(values('physical id')).size || 1,
    processor_model: values('model name')[0] ?? '',
  }
}

function user(id: string, home: string): Facts {
  const [, uid = '', name = uid, gid = ''] = /^uid=(\d+)(?:\((.*?)\))? gid=(\d+)/.exec(id) ?? []
  return { user_id: name, user_uid: Number(uid), user_gid: Number(gid), user_dir: home }
}

function time(date: string, uptime: string): Facts {
  const [iso = '', epoch = '', zone = ''] = date.split(' ')
  return {
    date_time: { iso8601: iso, date: iso.slice(0, 10), epoch, tz_offset: zone },
    uptime_seconds: Math.floor(Number.parseFloat(uptime) || 0),
  }
}
