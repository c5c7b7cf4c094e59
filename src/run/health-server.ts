/** A port of its own for /healthz and /readyz of a master that has none for clients. Knows nothing of masters. */
import { createServer } from 'node:http'
import { answerHttp } from '../gateway/answer-http.js'
import { listenOn, stopListening, urlOf } from '../gateway/listening.js'

export interface HealthServer {
  /** `http://host:port`. */
  readonly url: string
  close(): Promise<void>
}

/** `problem`: why the master is not ready; null where it is. `note`: what is to be known though it is. Rejects with a `CentrumError` `address-in-use` or `invalid-option`. */
export async function startHealthServer(
  port: number,
  host: string,
  problem: () => string | null,
  note: () => string = () => '',
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?', 1)[0]
    const why = problem()
    if (path === '/healthz') answerHttp(response, 200, 'ok')
    else if (path === '/readyz') answerHttp(response, why === null ? 200 : 503, why ?? `ready${note()}`)
    else answerHttp(response, 404, 'not found: /healthz and /readyz are here')
  })
  await listenOn(server, port, host)
  return { url: urlOf(server) ?? '', close: () => stopListening(server) }
}
