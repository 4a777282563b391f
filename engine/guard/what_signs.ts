import { type Script, lines, sh } from '../core/script.ts'

/** Prints a line for each signer that runs on a host or would at its next boot: `signer=horcrux.service is active`. */
export const signersSaid: Script = lines([
  sh`for u in horcrux tmkms; do
  case $(systemctl is-active $u.service 2>/dev/null) in active | activating | reloading | deactivating) printf 'signer=%s.service is active\n' $u ;; esac
  case $(systemctl is-enabled $u.service 2>/dev/null) in enabled* | linked* | alias | generated) printf 'signer=%s.service starts at boot\n' $u ;; esac
done`,
  // An instance of a template that has stopped is named nowhere else.
  sh`systemctl list-unit-files --no-legend --no-pager 'horcrux*' 'tmkms*' 2>/dev/null | while read -r u s _; do
  case $u in horcrux.service | tmkms.service) continue ;; esac
  case $s in enabled* | linked* | alias | generated) printf 'signer=%s starts at boot\n' "$u" ;; esac
done`,
  // A release that was only downloaded has the system's name behind that of the program, and the kernel keeps fifteen letters.
  sh`for p in $(grep -lsxE '(horcrux|tmkms).*' /proc/[0-9]*/comm); do printf 'signer=the process %s runs\n' "$p"; done`,
])

/** Fails on a host where a signer runs or would at its next boot. */
export const nothingSigns: Script = sh`signs() {
${signersSaid}
}
s=$(signs)
[ -z "$s" ] || { printf '%s\n' "$s" 'the key is in use again: nothing was changed' >&2; exit 1; }`
