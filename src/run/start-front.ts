/** A process that carries clients: a front master that is linked to all backs, and a gateway for WebSockets. */
import type { App } from '../channel/app.js'
import { FrontMaster } from '../front/front-master.js'
import { Gateway } from '../gateway/gateway.js'
import { readOptions } from '../options/read-options.js'
import { checkApp, FRONT_OPTIONS, type FrontOptions, withGiven } from './role-options.js'

/**
 * Starts a front and resolves when it listens; the backs may come later, /readyz tells when each has answered. Rejects with
 * a `CentrumError`: `invalid-option`, `missing-key`, `address-in-use`.
 */
export async function startFront<A extends App>(app: A, options: FrontOptions): Promise<RunningFront<A>> {
  checkApp('startFront', app)
  readOptions({ call: 'startFront' }, FRONT_OPTIONS, options)
  const { port, adminPort, host, server, path, request, origins, trustProxy, addressOf, readyWhen, ...others } = options
  const { drainTo, drainMs, shutdownMs, gatewayLimits, ...rest } = others
  const limits = withGiven(gatewayLimits, { drainMs, shutdownMs })
  const master = new FrontMaster<A>(app, rest)
  const listen = { port, adminPort, host, server, path, request, origins, trustProxy, addressOf, readyWhen }
  const gateway = new Gateway(master, { ...listen, drainTo, limits })
  master.grace.heartbeat(gateway.limits.heartbeatMs)
  await gateway.listen()
  master.dial()
  return runningFront(master, gateway)
}

/** A front that listens. */
export interface RunningFront<A extends App = App> extends AsyncDisposable {
  /** Its name, unique among all masters of the cluster. */
  readonly id: string
  /** Where clients connect: `http://host:port`. */
  readonly url: string
  /** Where /healthz and /readyz are answered. */
  readonly adminUrl: string
  /** Whether each listed back has answered, and it is not draining. */
  readonly ready: boolean
  /** For sessions of the front's own, and for sockets of the application's own. */
  readonly master: FrontMaster<A>
  /** Answers /healthz and /readyz on a `server` of one's own. False for any other path: nothing was answered. */
  answerHealth: Gateway['answerHealth']
  /** For an upgrade listener of one's own: takes what is for centrum. False: nothing was done with it. Never throws. */
  upgrade: Gateway['upgrade']
  /** Counts of all that is held and of what was done, the gateway included. */
  inspect(): ReturnType<FrontMaster<A>['inspect']> & { readonly gateway: ReturnType<Gateway['inspect']> }
  /** Takes no more clients, asks those that are here to dial elsewhere, and resolves when they have left or the limit is over. */
  drain(options?: Parameters<Gateway['drain']>[0]): Promise<void>
  /** What a drain has left of `shutdownMs`, in milliseconds. */
  readonly closeMs: number
  /** Closes its sockets and links, within what a drain has left of `shutdownMs` unless given. Sessions may go on at other fronts. */
  close(options?: { readonly withinMs?: number }): Promise<void>
}

function runningFront<A extends App>(master: FrontMaster<A>, gateway: Gateway): RunningFront<A> {
  const close: RunningFront['close'] = async (given) => {
    await gateway.close(given)
    await master.stop()
  }
  return {
    id: master.id,
    get url() {
      return gateway.url
    },
    get adminUrl() {
      return gateway.adminUrl
    },
    get ready() {
      return gateway.ready
    },
    get closeMs() {
      return gateway.closeMs
    },
    master,
    answerHealth: (request, response) => gateway.answerHealth(request, response),
    upgrade: (request, socket, head) => gateway.upgrade(request, socket, head),
    inspect: () => ({ ...master.inspect(), gateway: gateway.inspect() }),
    drain: (options) => gateway.drain(options),
    close,
    [Symbol.asyncDispose]: () => close(),
  }
}
