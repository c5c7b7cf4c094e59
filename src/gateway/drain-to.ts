/**
 * Where the clients of a draining front are sent: the public URLs of other fronts, checked at start rather than when they are needed.
 * Knows nothing of sockets, and not whether anything listens there.
 */
import { CentrumError } from '../protocol/errors.js'

/** One URL, or several among which clients are spread evenly: ws:, wss:, http: or https:. */
export type DrainTo = string | readonly string[]

const PROTOCOLS = ['ws:', 'wss:', 'http:', 'https:']
const REMEDY = 'Give the public URL of another front, such as wss://front-2.example.com, or a list of them.'

/** As a list; empty where none was given. Throws a `CentrumError` `invalid-option`. */
export function readDrainTo(given: DrainTo | undefined): readonly string[] {
  if (given === undefined) return []
  const urls: readonly unknown[] = Array.isArray(given) ? given : [given]
  if (urls.length === 0)
    throw refusal('is an empty list. Leave it out, so that clients reconnect to their configured URLs.')
  return urls.map((url) => {
    if (typeof url !== 'string') throw refusal(`contains a ${url === null ? 'null' : typeof url}. ${REMEDY}`)
    const problem = problemOf(url)
    if (problem !== null) throw refusal(`is '${url}', ${problem}. ${REMEDY}`)
    return url
  })
}

function problemOf(text: string): string | null {
  if (!URL.canParse(text)) return 'which is not a valid URL'
  const { protocol, hash } = new URL(text)
  if (!PROTOCOLS.includes(protocol)) return `and '${protocol}' is not one of ${PROTOCOLS.join(', ')}`
  // Sockets refuse it.
  return hash === '' ? null : `and '${hash}' at its end is not allowed in the URL of a socket`
}

function refusal(problem: string): CentrumError {
  return new CentrumError('invalid-option', `Gateway: drainTo ${problem}`)
}
