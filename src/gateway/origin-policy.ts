/**
 * Which pages may open a socket here. A browser sends cookies along no matter which page asks, so without this check any page could act
 * as its visitor; other programs send no Origin, or any they like. Knows nothing of the client's identity.
 */
import type { IncomingMessage } from 'node:http'
import { CentrumError } from '../protocol/errors.js'
import type { ProxyTrust } from './proxy-trust.js'

/** Says whether a page may connect; `origin` is undefined for a program that is no browser. Only `true` admits. */
export type OriginCheck = (origin: string | undefined, request: IncomingMessage) => boolean

/** `'same'`: pages of the host that was asked for. A list: origins such as `https://example.com`; `'*'` is every origin. */
export type Origins = 'same' | readonly string[] | OriginCheck

/** Why a request is refused, for the log; null where it is not. */
export type OriginPolicy = (request: IncomingMessage) => string | null

const REMEDY = "Give 'same', a list of origins such as ['https://example.com'], or a function."

/** Throws a `CentrumError` `invalid-option`. The policy itself throws what a function that was given throws. */
export function originPolicy(given: Origins | undefined, trust: ProxyTrust): OriginPolicy {
  const check = given === undefined || given === 'same' ? sameHost(trust) : checkOf(given)
  return (request) => {
    const { origin } = request.headers
    const answer: unknown = check(origin, request)
    if (answer === true) return null
    if (answer === false)
      return `${origin === undefined ? 'A request without an Origin' : `Origin '${origin}'`} is not among 'origins'`
    return `the function 'origins' returned ${answer instanceof Promise ? 'a promise' : typeof answer}, and must return true or false`
  }
}

function checkOf(given: Exclude<Origins, 'same'>): OriginCheck {
  if (typeof given === 'function') return given
  if (!Array.isArray(given) || given.length === 0) throw refusal(`is ${JSON.stringify(given)}`)
  const listed = new Set(given.map(readOrigin))
  return (origin) => origin === undefined || listed.has('*') || listed.has(origin)
}

/** The port that goes without saying is that of the page's scheme. */
function sameHost(trust: ProxyTrust): OriginCheck {
  return (origin, request) => {
    if (origin === undefined) return true
    if (!URL.canParse(origin)) return false
    const page = new URL(origin)
    const asked = `${page.protocol}//${trust.hostOf(request)}`
    return page.host !== '' && URL.canParse(asked) && new URL(asked).host === page.host
  }
}

function readOrigin(origin: unknown): string {
  if (origin === '*' || origin === 'null') return origin
  if (typeof origin !== 'string' || !URL.canParse(origin)) throw refusal(`has '${String(origin)}' in it`)
  const { host, protocol, origin: read } = new URL(origin)
  if (host === '' || origin.toLowerCase().replace(/\/$/, '') !== `${protocol}//${host}`) {
    throw refusal(`contains '${origin}', which is not just scheme, host and port`)
  }
  return read === 'null' ? `${protocol}//${host}` : read
}

function refusal(problem: string): CentrumError {
  return new CentrumError('invalid-option', `Gateway: origins ${problem}. ${REMEDY}`)
}
