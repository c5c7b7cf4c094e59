/** Everything in one process: a back and a front that speak within it. The same app runs unchanged when they are apart. */
import type { App } from '../channel/app.js'
import { readKeyFile } from '../store/key-file.js'
import { freshKey } from '../runtime/fresh-key.js'
import { staticCluster } from '../cluster/static-cluster.js'
import { SharedHistories } from '../history/shared-histories.js'
import { InProcessNetwork } from '../link/in-process-transport.js'
import { Deadline } from '../runtime/deadline.js'
import type { Clock } from '../runtime/runtime.js'
import { nodeRuntime } from '../runtime/node-runtime.js'
import { readOptions } from '../options/read-options.js'
import { defaultStore } from './default-store.js'
import { APP_OPTIONS, type AppOptions, checkApp } from './role-options.js'
import { type RunningBack, startBack } from './start-back.js'
import { type RunningFront, startFront } from './start-front.js'

/**
 * Starts an app in this process and resolves when it listens on `port` (8080; 0 for any free one) of `host` (127.0.0.1).
 * Rejects with a `CentrumError`: `invalid-option`, `address-in-use`.
 */
export async function startApp<A extends App>(app: A, options: AppOptions = {}): Promise<RunningApp<A>> {
  checkApp('startApp', app)
  const { flushMs, keepOnRestart } = readOptions({ call: 'startApp' }, APP_OPTIONS, options)
  const { key, graceMs, shutdownMs, backLimits, frontLimits, linkLimits, runtime = nodeRuntime(), ...others } = options
  const { store = defaultStore(app, 'app', runtime.log), keepOnRestart: _, ...rest } = others
  const network = new InProcessNetwork()
  const cluster = staticCluster({
    backs: [{ id: 'back-1', address: 'memory:back-1' }],
    key: key ?? (store?.keyFile ? readKeyFile(store.keyFile, runtime.random) : freshKey(runtime.random)),
  })
  const shared = { cluster, network, runtime, linkLimits, histories: new SharedHistories() }
  const ofBack = { graceMs, shutdownMs, limits: backLimits, store, keepOnRestart }
  const back = await startBack<A>(app, { ...shared, ...ofBack, id: 'back-1' })
  try {
    const ofFront = { flushMs, shutdownMs, limits: frontLimits }
    const front = await startFront<A>(app, { ...rest, ...shared, ...ofFront, id: 'front-1' })
    await front.master.connect()
    return runningApp(back, front, runtime.clock)
  } catch (error) {
    await back.close()
    throw error
  }
}

/** An app that listens. */
export interface RunningApp<A extends App = App> extends AsyncDisposable {
  /** Where clients connect: `http://host:port`. */
  readonly url: string
  /** Its back. */
  readonly back: RunningBack<A>
  /** Its front. */
  readonly front: RunningFront<A>
  /** For an upgrade listener of one's own: takes what is for centrum. False: nothing was done with it. Never throws. */
  upgrade: RunningFront<A>['upgrade']
  /** Counts of all that back and front hold and have done. */
  inspect(): {
    readonly back: ReturnType<RunningBack<A>['inspect']>
    readonly front: ReturnType<RunningFront<A>['inspect']>
  }
  /** Asks clients to leave; resolves when they have, or after `drainMs`. */
  drain: RunningFront<A>['drain']
  /** Closes sockets, channels and store, within what a drain has left of `shutdownMs` unless given. */
  close(options?: { readonly withinMs?: number }): Promise<void>
}

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
    drain: (options) => front.drain(options),
    close,
    [Symbol.asyncDispose]: () => close(),
  }
}
