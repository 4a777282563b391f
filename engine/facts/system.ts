import type { Json } from '../core/json.ts'
import type { One } from './machine.ts'

type Leaves = { readonly [name: string]: Json }

/** The distribution, its release and its family. */
export function operatingSystem(os: Map<string, string>, debian: string): Leaves {
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
export function names(nodename: string, hosts: readonly string[]): Leaves {
  const known = hosts.map((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1)).find((aliases) => aliases.includes(nodename))
  const fqdn = [nodename, ...(known ?? [])].find((name) => name.includes('.')) ?? nodename
  return { nodename, hostname: nodename.split('.')[0] ?? nodename, fqdn, domain: fqdn.split('.').slice(1).join('.') }
}

/** What guards the host against its own programs. */
export function security(one: One): Leaves {
  return {
    fips: one('fips') === '1',
    apparmor: { status: one('apparmor') ? 'enabled' : 'disabled' },
    selinux: { status: one('selinux') ? 'enabled' : 'disabled' },
    lsm: one('lsm').split(',').filter(Boolean),
    cgroup_version: one('cgroup') === 'v2' ? 2 : 1,
  }
}

/** Programs that tasks have to do with, and their versions. */
export function software(one: One, programs: readonly string[]): Leaves {
  return {
    service_mgr: one('pid1'),
    openssh_version: /OpenSSH_([\d.]+)/.exec(one('ssh'))?.[1] ?? '',
    nftables_version: /v([\d.]+)/.exec(one('nft'))?.[1] ?? '',
    pkg_mgr: programs.includes('apt') ? 'apt' : 'unknown',
    programs,
    reboot_required: one('reboot') === 'required',
  }
}
