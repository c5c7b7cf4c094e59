/**
 * The two decisions at the beginning of a client's connection: which version is used (H1), and who the client is (H5, from HELLO); and
 * the WELCOME that contains both. Knows nothing of sockets and timers.
 */
import type { Admission, Admitted } from '../front/admission.js'
import type { ClientHello, ClientWelcome } from '../protocol/client-frames.js'
import { CentrumError } from '../protocol/errors.js'
import { VERSION_MAX, VERSION_MIN } from '../protocol/frame-types.js'
import type { Identity } from '../protocol/master-frames.js'
import type { GatewayCore } from './gateway-core.js'

/** What authentication may look at besides the token. */
export interface ClientRequest {
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly remoteAddress: string
}

/** The greatest version that both speak. Throws a `CentrumError` `versions` that says which side is too old. */
export function agreeOnVersion({ versionMin, versionMax }: Pick<ClientHello, 'versionMin' | 'versionMax'>): number {
  const version = Math.min(versionMax, VERSION_MAX)
  if (version >= versionMin && version >= VERSION_MIN) return version
  const old =
    versionMax < VERSION_MIN ? 'the client is too old: update it (reload the page)' : 'the server is too old: update it'
  throw new CentrumError(
    'versions',
    `The client speaks versions ${versionMin} to ${versionMax} of the protocol, the server ${VERSION_MIN} to ${VERSION_MAX}: ${old}.`,
  )
}

/** Goes on with the session of a resume token, else begins a new one. Rejects with a `CentrumError`. */
export async function identify(admission: Admission, hello: ClientHello, request: ClientRequest): Promise<Admitted> {
  if (hello.resume !== '') return admission.resume(hello.resume, request.remoteAddress)
  return admission.authenticate({ token: hello.token === '' ? null : hello.token, ...request })
}

/** What `authenticate` is given when it is asked again: of the headers those that say who someone is, as all of them for each client are many. */
export function keptOf({ headers: { cookie, authorization }, remoteAddress }: ClientRequest): ClientRequest {
  return { headers: { cookie, authorization }, remoteAddress }
}

/** What was agreed on with a client. */
export interface Agreement {
  readonly session: { readonly identity: Identity }
  readonly authenticatedAt: number
  readonly connectionAttempt: number
  readonly version: number
  readonly features: number
}

/** The first WELCOME of a connection or a further one (H6): its resume token is good for `tokenMs` from now. */
export function welcomeOf({ clock, front, limits }: GatewayCore, agreement: Agreement): ClientWelcome {
  const { session, authenticatedAt, connectionAttempt, version, features } = agreement
  const { identity } = session
  const { sessionId, userId } = identity
  return {
    type: 'welcome',
    version,
    features,
    frameBytesMax: limits.frameBytesMax,
    sessionId,
    userId,
    resume: front.admission.tokenFor({ identity, authenticatedAt }),
    connectionAttempt,
    heartbeatMs: limits.heartbeatMs,
    now: clock.wall(),
    frontId: front.id,
    incarnation: front.incarnation,
    messagesPerSecond: limits.messagesPerSecondMax,
    messagesBurst: limits.messagesBurstMax,
  }
}
