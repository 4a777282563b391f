import { type Script, sh } from '../core/script.ts'

/** Files that are read whole, and what the facts call them. */
export const FILES: { readonly [path: string]: string } = {
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
  '/proc/sys/net/ipv4/tcp_available_congestion_control': 'congestion',
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
# What is only a file yet is loaded when it is asked for.
read -r r </proc/sys/kernel/osrelease; for f in /lib/modules/"$r"/kernel/net/ipv4/tcp_bbr.ko*; do [ -e "$f" ] && echo hf.congestion=bbr; done
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
