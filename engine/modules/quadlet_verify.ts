import type { Content } from '../core/content.ts'
import { type Script, lines, sh } from '../core/script.ts'

/** Fails with what podman has against the text. Looks at a copy outside of podman's folders, so nothing can pick it up. */
export function verifyQuadlet({ name }: { readonly name: string }, content: Content): Script {
  return lines([
    sh`d=$(mktemp -d /run/holdfast-verify.XXXXXXXXXX) || exit 1`,
    sh`trap 'rm -rf -- "$d"' EXIT; trap 'exit 1' HUP INT TERM`,
    sh`${content} >"$d"/${name} || exit 1`,
    sh`said=$(QUADLET_UNIT_DIRS="$d" /usr/lib/systemd/user-generators/podman-user-generator --user --dryrun 2>&1 >/dev/null) && exit 0`,
    sh`printf '%s\\n' "$said" | grep -v 'Loading source unit file' | sed -e 's/^quadlet-generator[^:]*: //' -e "s#$d/##g" >&2`,
    sh`exit 1`,
  ])
}
