import { readdir } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { reject } from '../core/diagnostic.ts'
import { run, succeeds } from './command.ts'
import { controllerAddress, type Lab, type LabHost, machineName, range, routerAddress } from './layout.ts'

/**
 * Connects the lab: a bridge in a network namespace of its own, out of reach of this machine's firewall rules and routes,
 * and one cable from it to this machine. The hosts are connected as they boot.
 */
export async function connect(lab: Lab): Promise<void> {
  const taken = Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address }) => address.startsWith(`${range(lab)}.`)),
  )
  if (taken) return refuseRange(lab)
  const bridge = machineName(lab.name)
  await run('ip', ['netns', 'add', bridge])
  await run('ip', ['-batch', '-'], {
    input: `link add ${cable(lab)} type veth peer name controller netns ${bridge}
addr add ${controllerAddress(lab)}/24 dev ${cable(lab)}
link set ${cable(lab)} up
`,
    // Another lab has been laying its cable at the same moment.
  }).catch((error: unknown) => (String(error).includes('File exists') ? refuseRange(lab) : Promise.reject(error)))
  await run('ip', ['-n', bridge, '-batch', '-'], {
    input: `link add bridge type bridge
addr add ${routerAddress(lab)}/24 dev bridge
link set bridge up
link set lo up
link set controller master bridge up
`,
  })
  // Forwarding with nowhere to go: what leaves the lab is refused, where a router that does not forward would say nothing.
  await run('ip', ['netns', 'exec', bridge, 'sysctl', '-qw', 'net.ipv4.ip_forward=1'])
}

/**
 * The commands that give a host a namespace with a new cable to the bridge, in place of the one it had: what the kernel keeps of a
 * network, firewall rules above all, must not outlive a reboot.
 */
export function cableScript(lab: Lab, { name, address }: LabHost): string {
  const namespace = machineName(lab.name, name)
  const bridge = machineName(lab.name)
  const port = `port${address.split('.').at(-1)}`
  return `set -e
if ip -n ${bridge} link show ${port} >/dev/null 2>&1; then ip -n ${bridge} link del ${port}; fi
if [ -e /run/netns/${namespace} ]; then ip netns del ${namespace}; fi
ip netns add ${namespace}
ip -n ${bridge} -batch - <<'END'
link add ${port} type veth peer name eth0 address ${cardAddress(address)} netns ${namespace}
link set ${port} master bridge up
END
ip -n ${namespace} -batch - <<'END'
addr add ${address}/24 broadcast + dev eth0
link set lo up
link set eth0 up
route add default via ${routerAddress(lab)}
END
`
}

function refuseRange(lab: Lab): never {
  return reject({
    code: 'lab-range',
    message: `the addresses ${range(lab)}.0/24 of lab \`${lab.name}\` are in use on this machine`,
    help: 'take down the lab that uses them (`holdfast lab list` shows them), or give this one other addresses',
  })
}

/** Removes what `connect` made, or whatever part of it there is. */
export async function disconnect(lab: Lab): Promise<void> {
  const bridge = machineName(lab.name)
  // By its end in the lab: a lab that was refused has none, and the cable of that name is the one of another, which is up.
  const end = ['-n', bridge, 'link']
  if (await succeeds('ip', [...end, 'show', 'controller'])) await run('ip', [...end, 'del', 'controller'])
  const namespaces = await readdir('/run/netns').catch(() => [])
  for (const name of namespaces.filter((found) => found === bridge || found.startsWith(`${bridge}.`)))
    await run('ip', ['netns', 'del', name])
}

/** A network card keeps its address over a reboot, and others remember it: locally administered, with the host's own in it. */
function cardAddress(address: string): string {
  return ['02', '00', ...address.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'))].join(':')
}

/** The name of this machine's end, which may have 15 characters: the address in hexadecimal. */
function cable(lab: Lab): string {
  return `hf${Buffer.from(controllerAddress(lab).split('.').map(Number)).toString('hex')}`
}
