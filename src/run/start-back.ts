/** A process that owns channels: a back master that listens. */
import { BackMaster } from '../back/back-master.js'
import type { App } from '../channel/app.js'
import { readOptions } from '../options/read-options.js'
import { startHealthServer } from './health-server.js'
import { BACK_OPTIONS, type BackOptions, checkApp, withGiven } from './role-options.js'

/**
 * Starts a back, and resolves when it listens. It owns the channels that the cluster assigns to it. Rejects with a `CentrumError`: `invalid-option`, `missing-key`, `address-in-use`.
 */
export async function startBack<A extends App>(app: A, options: BackOptions): Promise<RunningBack<A>> {
  checkApp('startBack', app)
  const { adminHost } = readOptions({ call: 'startBack' }, BACK_OPTIONS, options)
  const { adminPort, adminHost: _adminHost, shutdownMs, ...rest } = options
  const master = new BackMaster<A>(app, { ...rest, limits: withGiven(rest.limits, { shutdownMs }) })
  let problem: string | null = 'not listening yet'
  const health =
    adminPort === undefined
      ? null
      : await startHealthServer(
          adminPort,
          adminHost,
          () => problem,
          () => failoverNote(master),
        )
  try {
    await master.listen()
  } catch (error) {
    await health?.close()
    throw error
  }
  problem = null
  const close: RunningBack['close'] = async (given) => {
    problem = 'stopping'
    await master.stop(given)
    await health?.close()
  }
  return runningBack(master, health?.url ?? null, close)
}

/** What whoever asks for readiness may want to know of the store. */
function failoverNote<A extends App>(master: BackMaster<A>): string {
  const { standbys = 0, keptOn } = master.inspect().durability?.failover ?? {}
  return standbys > 0 && keptOn === 'one-machine'
    ? '; a failover of the database may lose what it confirmed last, since no standby of it is synchronous'
    : ''
}

/** A back that listens. */
export interface RunningBack<A extends App = App> extends AsyncDisposable {
  /** Its id in the cluster's list. */
  readonly id: string
  /** Where fronts find it, with the port that it got. */
  readonly address: string
  /** Where /healthz and /readyz are answered; null without an `adminPort`. */
  readonly adminUrl: string | null
  /** The back master, with further methods for its channels. */
  readonly master: BackMaster<A>
  /** Opens a channel before a client links to it. */
  readonly open: BackMaster<A>['open']
  /** Returns an open channel, to read its state or to broadcast to its clients. */
  readonly channel: BackMaster<A>['channel']
  /** Sends an event to the linked clients of each open channel that declares it. */
  readonly broadcast: BackMaster<A>['broadcast']
  /** Returns counts of everything held and everything done. */
  inspect(): ReturnType<BackMaster<A>['inspect']>
  /** In a dynamic cluster: hands over all channels to other backs, and takes no more; no client's socket closes. In a static cluster nothing happens. */
  drain: BackMaster<A>['drain']
  /** Closes its channels and links, within `shutdownMs` unless `withinMs` is given. Clients are notified, and wait for it to return. */
  close(options?: { readonly withinMs?: number }): Promise<void>
}

function runningBack<A extends App>(
  master: BackMaster<A>,
  adminUrl: string | null,
  close: RunningBack['close'],
): RunningBack<A> {
  return {
    id: master.id,
    address: master.address,
    adminUrl,
    master,
    open: master.open,
    channel: master.channel,
    broadcast: master.broadcast,
    inspect: () => master.inspect(),
    drain: () => master.drain(),
    close,
    [Symbol.asyncDispose]: () => close(),
  }
}
