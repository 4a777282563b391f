import type { Content } from '../core/content.ts'
import { type Script, lines, sh } from '../core/script.ts'

/** Fails with what systemd has against the text. Looks at a copy outside of systemd's folders, so nothing can pick it up. */
export function verifyUnit({ name, dropin }: { readonly name: string; readonly dropin?: string }, content: Content): Script {
  const file = dropin === undefined ? name : `${name}.d/${dropin}.conf`
  return lines([
    sh`d=$(mktemp -d /run/holdfast-verify.XXXXXXXXXX) || exit 1`,
    sh`trap 'rm -rf -- "$d"' EXIT; trap 'exit 1' HUP INT TERM`,
    sh`mkdir -p -- "$(dirname -- "$d"/${file})" && ${content} >"$d"/${file} || exit 1`,
    sh`verify() { SYSTEMD_UNIT_PATH="$d:" systemd-analyze verify --man=no "$@" ${dropin === undefined ? sh`"$d"/${name}` : name} 2>&1; }`,
    // Older releases do not know the option that makes warnings about this very unit count.
    sh`said=$(verify --recursive-errors=no); rc=$?`,
    sh`case $said in *'unrecognized option'*) said=$(verify); rc=$?;; esac`,
    sh`[ $rc = 0 ] && exit 0`,
    sh`said=$(printf '%s\\n' "$said" | grep -v -e ' is not executable: No such file' -e '^Unit .* not found\\.$' | sed "s#$d/##")`,
    sh`[ -z "$said" ] || { printf '%s\\n' "$said" >&2; exit 1; }`,
  ])
}
