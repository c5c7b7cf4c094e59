/** A process that carries clients: a front master that is linked to all backs, and a gateway for WebSockets. */
import type { App } from '../channel/app.js'
import { FrontMaster } from '../front/front-master.js'
import { Gateway } from '../gateway/gateway.js'
import { readOptions } from '../options/read-options.js'
import { checkApp, FRONT_OPTIONS, type FrontOptions, withGiven } from './role-options.js'

/**
 * Starts a front, and resolves when it listens. Backs may start later; /readyz says whether each has answered. Rejects with
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
  /** Its name, unique among all backs and fronts of the cluster. */
  readonly id: string
  /** Where clients connect: `http://host:port`. */
  readonly url: string
  /** Where /healthz and /readyz are answered. */
  readonly adminUrl: string
  /** Whether each listed back has answered, and it is not draining. */
  readonly ready: boolean
  /** The front master, for sessions of the front's own, and for sockets of your own. */
  readonly master: FrontMaster<A>
  /** Answers a request for /healthz or /readyz on a `server` of your own. Returns false for any other path. */
  answerHealth: Gateway['answerHealth']
  /** Handles an upgrade request from a listener of your own if it is meant for centrum. Returns false if it is not. Never throws. */
  upgrade: Gateway['upgrade']
  /** Returns counts of everything held and everything done, including the gateway. */
  inspect(): ReturnType<FrontMaster<A>['inspect']> & { readonly gateway: ReturnType<Gateway['inspect']> }
  /** Accepts no more clients, asks its clients to connect elsewhere, and resolves when they have left or the time is up. */
  drain(options?: Parameters<Gateway['drain']>[0]): Promise<void>
  /** What a drain has left of `shutdownMs`, in milliseconds. */
  readonly closeMs: number
  /** Closes its sockets and links, within what a drain has left of `shutdownMs` unless `withinMs` is given. Sessions may continue on other fronts. */
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
