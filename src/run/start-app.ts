/**
 * A back and a front in one process: everything there is, or one of several equal processes of a cluster. The same app runs unchanged when
 * they are apart.
 */
import type { App } from '../channel/app.js'
import { type Cluster, isDynamic } from '../cluster/cluster.js'
import { readKeyFile } from '../store/key-file.js'
import { freshKey } from '../runtime/fresh-key.js'
import { staticCluster } from '../cluster/static-cluster.js'
import { SharedHistories } from '../history/shared-histories.js'
import { InProcessNetwork } from '../link/in-process-transport.js'
import { Deadline } from '../runtime/deadline.js'
import { nodeRuntime } from '../runtime/node-runtime.js'
import { readOptions } from '../options/read-options.js'
import { refuseOption } from '../options/read-table.js'
import type { Clock, Runtime } from '../runtime/runtime.js'
import { defaultStore } from './default-store.js'
import { APP_OPTIONS, type AppOptions, type BackOptions, checkApp, type FrontOptions } from './role-options.js'
import { type RunningBack, startBack } from './start-back.js'
import { type RunningFront, startFront } from './start-front.js'

/**
 * Starts an app in this process, and resolves when it listens on `port` (default 8080; 0 for any free port) of `host` (default 127.0.0.1).
 * Rejects with a `CentrumError`: `invalid-option`, `address-in-use`.
 */
export async function startApp<A extends App>(app: A, options: AppOptions = {}): Promise<RunningApp<A>> {
  checkApp('startApp', app)
  const { flushMs } = readOptions({ call: 'startApp' }, APP_OPTIONS, options)
  const { graceMs, shutdownMs, backLimits, frontLimits, linkLimits, runtime = nodeRuntime() } = options
  const { frontId, ofBack, publicUrl, ...parts } = options.cluster
    ? livingParts(options.cluster, options)
    : aloneParts(app, options, runtime)
  const shared = { ...parts, runtime, linkLimits, shutdownMs, histories: new SharedHistories() }
  const back = await startBack<A>(app, { ...shared, ...ofBack, graceMs, limits: backLimits })
  try {
    const ofFront = { ...frontPart(options), id: frontId, publicUrl, flushMs, limits: frontLimits }
    const front = await startFront<A>(app, { ...ofFront, ...shared })
    await front.master.connect()
    return runningApp(back, front, runtime.clock)
  } catch (error) {
    await back.close()
    throw error
  }
}

/** What of the options is the front's alone. */
function frontPart(options: AppOptions): Omit<FrontOptions, 'cluster'> {
  const { port, adminPort, host, server, path, request, origins, trustProxy, addressOf, readyWhen } = options
  const listen = { port, adminPort, host, server, path, request, origins, trustProxy, addressOf, readyWhen }
  return { ...listen, drainMs: options.drainMs, gatewayLimits: options.gatewayLimits }
}

/** What a process is made of: the cluster that its masters share, and what is the back's alone. */
interface AppParts {
  readonly cluster: Cluster
  readonly network?: InProcessNetwork
  readonly frontId: string | undefined
  readonly publicUrl?: string | undefined
  readonly ofBack: Omit<BackOptions, 'cluster'>
}

/** A back and a front that nobody else knows. */
function aloneParts(app: App, options: AppOptions, { log, random }: Runtime): AppParts {
  const {
    key,
    storedDiffers,
    keepOnRestart = false,
    store = defaultStore(app, { id: 'app', keepOnRestart }, log),
    ...others
  } = options
  for (const name of OF_CLUSTERS) {
    if (others[name] !== undefined)
      refuseOption(PLACE, `${name} is given without a cluster. Leave it out, or give a cluster from postgresCluster.`)
  }
  const cluster = staticCluster({
    backs: [{ id: 'back-1', address: 'memory:back-1' }],
    key: key ?? (store?.keyFile ? readKeyFile(store.keyFile, random) : freshKey(random)),
  })
  return {
    cluster,
    network: new InProcessNetwork(),
    frontId: 'front-1',
    ofBack: { id: 'back-1', store, keepOnRestart, storedDiffers },
  }
}

/** One of several equal processes. */
function livingParts(cluster: Cluster, options: AppOptions): AppParts {
  if (!isDynamic(cluster))
    refuseOption(
      PLACE,
      'cluster is a static cluster, whose backs have names and addresses of their own. Start each process with startBack or startFront, or give a cluster from postgresCluster.',
    )
  for (const name of ['key', 'store', 'keepOnRestart'] as const) {
    if (options[name] !== undefined) refuseOption(PLACE, `${name} is given, but the cluster has its own. Leave it out.`)
  }
  const { id, listen, advertise, channels, weight, capacity, labels, publicUrl, storedDiffers } = options
  const ofBack = { id, listen, advertise, channels, weight, capacity, labels, storedDiffers }
  return { cluster, frontId: id === undefined ? undefined : `front-${id}`, publicUrl, ofBack }
}

/** An app that listens. */
export interface RunningApp<A extends App = App> extends AsyncDisposable {
  /** Where clients connect: `http://host:port`. */
  readonly url: string
  /** Its back. */
  readonly back: RunningBack<A>
  /** Its front. */
  readonly front: RunningFront<A>
  /** Handles an upgrade request from a listener of your own if it is meant for centrum. Returns false if it is not. Never throws. */
  upgrade: RunningFront<A>['upgrade']
  /** Returns counts of everything that back and front hold and have done. */
  inspect(): {
    readonly back: ReturnType<RunningBack<A>['inspect']>
    readonly front: ReturnType<RunningFront<A>['inspect']>
  }
  /**
   * In a cluster the back first hands over its channels. Then the front accepts no more clients, and asks its clients to connect
   * elsewhere.
   */
  drain: RunningFront<A>['drain']
  /** Closes sockets, channels and store, within what a drain has left of `shutdownMs` unless `withinMs` is given. */
  close(options?: { readonly withinMs?: number }): Promise<void>
}

const PLACE = { call: 'startApp' } as const
const OF_CLUSTERS = ['id', 'listen', 'advertise', 'channels', 'weight', 'capacity', 'labels', 'publicUrl'] as const

function runningApp<A extends App>(back: RunningBack<A>, front: RunningFront<A>, clock: Clock): RunningApp<A> {
  const close: RunningApp['close'] = async ({ withinMs = front.closeMs } = {}) => {
    const deadline = new Deadline(clock, withinMs)
    await front.close({ withinMs })
    await back.close({ withinMs: deadline.leftMs })
  }
  return {
    get url() {
      return front.url
    },
    back,
    front,
    upgrade: (request, socket, head) => front.upgrade(request, socket, head),
    inspect: () => ({ back: back.inspect(), front: front.inspect() }),
    async drain(options) {
      // First, so that clients of other fronts have their channels elsewhere; with nobody else in the cluster nothing happens.
      await back.drain()
      await front.drain(options)
    },
    close,
    [Symbol.asyncDispose]: () => close(),
  }
}
