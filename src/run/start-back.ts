/** A process that owns channels: a back master that listens. */
import { BackMaster } from '../back/back-master.js'
import type { App } from '../channel/app.js'
import { readOptions } from '../options/read-options.js'
import { BACK_OPTIONS, type BackOptions, checkApp } from './role-options.js'

/**
 * Starts a back and resolves when it listens. It owns the channels that the cluster's list gives it, and works as long as
 * they have links. Rejects with a `CentrumError`: `invalid-option`, `missing-key`, `address-in-use`, `not-built`.
 */
export async function startBack<A extends App>(app: A, options: BackOptions): Promise<RunningBack<A>> {
  checkApp('startBack', app)
  readOptions({ call: 'startBack' }, BACK_OPTIONS, options)
  const master = new BackMaster<A>(app, options)
  await master.listen()
  return runningBack(master)
}

/** A back that listens. */
export interface RunningBack<A extends App = App> extends AsyncDisposable {
  readonly id: string
  /** Where fronts find it, with the port that it got. */
  readonly address: string
  /** For what the process itself wants of its channels. */
  readonly master: BackMaster<A>
  readonly open: BackMaster<A>['open']
  readonly channel: BackMaster<A>['channel']
  readonly broadcast: BackMaster<A>['broadcast']
  inspect(): ReturnType<BackMaster<A>['inspect']>
  /** Closes its channels and links. Clients are told, and wait for it to return. */
  close(): Promise<void>
}

function runningBack<A extends App>(master: BackMaster<A>): RunningBack<A> {
  const close = (): Promise<void> => master.stop()
  return {
    id: master.id,
    address: master.address,
    master,
    open: master.open,
    channel: master.channel,
    broadcast: master.broadcast,
    inspect: () => master.inspect(),
    close,
    [Symbol.asyncDispose]: close,
  }
}
