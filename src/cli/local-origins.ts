/**
 * Who may connect to a front of `dev`: pages of this machine whatever their port, as a page's own server listens on another one, and pages
 * of the address that was dialled. A host name that is neither of this machine nor listed is refused, since whoever owns a name can have it
 * point here (DNS rebinding). Knows nothing of how it is asked.
 */
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

type OriginCheck = (origin: string | undefined, request: IncomingMessage) => boolean

/** `listed`: further origins; `'*'` lets every page in. */
export function localOrigins(listed: readonly string[]): OriginCheck {
  if (listed.includes('*')) return () => true
  const origins = new Set(listed)
  const hosts = new Set(listed.flatMap((origin) => hostOf(origin)?.host ?? []))
  return (origin, request) => {
    const asked = hostOf(`http://${request.headers.host ?? ''}`)
    const page = origin === undefined ? null : hostOf(origin)
    const isListed = origin !== undefined && origins.has(origin)
    if (asked === null || !(isListed || isAddressOrLocal(asked.hostname) || hosts.has(asked.host))) return false
    if (origin === undefined || isListed) return true
    return page !== null && (isLoopbackName(page.hostname) || page.host === asked.host)
  }
}

function hostOf(origin: string): URL | null {
  return URL.canParse(origin) ? new URL(origin) : null
}

function isAddressOrLocal(hostname: string): boolean {
  return isIP(bare(hostname)) !== 0 || isLoopbackName(hostname)
}

function isLoopbackName(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || /^127\.[\d.]+$|^::1$/.test(bare(hostname))
}

function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}
