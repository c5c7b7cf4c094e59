/**
 * Clients of a simulated cluster: the real library, each in a process of its own, let in as whoever the test says. Knows nothing of
 * masters but where they are dialled.
 */
import type { App, Authenticated, AuthenticationRequest } from '../channel/app.js'
import type { Connection } from '../channel/connection-api.js'
import { connect } from '../client/connect.js'
import type { ConnectOptions, InternalOptions } from '../client/connect-options.js'
import { describeValue, isRecord } from '../options/describe-value.js'
import { CentrumError } from '../protocol/errors.js'
import { CONNECTION, type Hold, advanceWhilePending } from './advance-while-pending.js'
import type { SimulatedNetwork } from './simulated-network.js'
import type { SimulatedProcess } from './simulated-process.js'
import { simulatedWebSocket, type SocketTap } from './simulated-web-socket.js'
import { simulatedUrlOf } from './test-masters.js'

/** The settings of a simulated client: those of `connect`, and its identity. */
export interface TestClientSettings extends Omit<ConnectOptions, 'token' | 'WebSocket'> {
  /** The client's name for `kill`, `stall` and `partition`. If left out, its `userId`, with a number if that is taken. */
  readonly id?: string
  /** The fronts that it connects to. If left out, all fronts. */
  readonly fronts?: readonly string[]
}

export interface TestClientsHost {
  readonly network: SimulatedNetwork
  readonly frontIds: readonly string[]
  readonly tap: SocketTap | null
  newProcess(id: string): SimulatedProcess
  holdIn(process: SimulatedProcess): Hold
  isTaken(id: string): boolean
}

interface Connected<A extends App> {
  readonly process: SimulatedProcess
  readonly connection: Connection<A>
}

/** How long `connect` waits, in milliseconds. */
const CONNECT_MS = 60_000
const TOKEN = 'of the test: '

export class TestClients<A extends App> {
  /** The app, which lets in whom a test says. */
  readonly app: App & A
  readonly #host: TestClientsHost
  readonly #identities = new Map<string, Authenticated>()
  readonly #connected = new Set<Connected<A>>()
  #count = 0

  constructor(app: App & A, host: TestClientsHost) {
    this.#host = host
    this.app = { ...app, authenticate: (request: AuthenticationRequest) => this.#authenticate(app, request) }
  }

  /** Those that were not killed. */
  get processes(): readonly SimulatedProcess[] {
    return [...this.#connected].map(({ process }) => process)
  }

  connect(identity: object, settings: TestClientSettings): Promise<Connection<A>> {
    const problem = identityProblem(identity)
    if (problem !== null) return Promise.reject(problem)
    const { id, fronts = this.#host.frontIds, ...options } = settings
    const token = 'token' in identity ? String(identity.token) : `${TOKEN}${++this.#count}`
    if (!('token' in identity)) this.#identities.set(token, identity as Authenticated)
    const process = this.#host.newProcess(
      this.#nameOf(id ?? ('userId' in identity ? String(identity.userId) : 'client')),
    )
    const internal: InternalOptions = {
      ...options,
      token,
      WebSocket: simulatedWebSocket(process, this.#host.network, this.#host.tap),
      runtime: process.runtime,
    }
    const connection = connect<A>(fronts.map(simulatedUrlOf), internal)
    this.#connected.add({ process, connection })
    const hold = this.#host.holdIn(process)
    advanceWhilePending(connection, CONNECTION, hold)
    return hold(whenConnected(connection, process))
  }

  remove(process: SimulatedProcess): void {
    for (const client of this.#connected) if (client.process === process) this.#connected.delete(client)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#connected].map(({ connection }) => connection.close()))
  }

  async #authenticate(app: App, request: AuthenticationRequest): Promise<Authenticated> {
    const identity = request.token === null ? undefined : this.#identities.get(request.token)
    if (identity !== undefined) return identity
    if (app.authenticate === null) return { userId: `anonymous-${++this.#count}` }
    return app.authenticate(request)
  }

  #nameOf(wanted: string): string {
    const taken = (name: string): boolean =>
      this.#host.isTaken(name) || this.processes.some((process) => process.id === name)
    let name = wanted
    for (let number = 2; taken(name); number++) name = `${wanted}-${number}`
    return name
  }
}

/** Null where it is one. */
function identityProblem(identity: unknown): CentrumError | null {
  if (isRecord(identity) && [identity['userId'], identity['token']].some((name) => typeof name === 'string'))
    return null
  return new CentrumError(
    'invalid-option',
    `connect: the identity is ${describeValue(identity)}. It must be what your authenticate returns, such as { userId: 'ada', data: { … } }, or { token: '…' }, for which authenticate is called.`,
  )
}

function whenConnected<A extends App>(
  connection: Connection<A>,
  { id, runtime }: SimulatedProcess,
): Promise<Connection<A>> {
  return new Promise((resolve, reject) => {
    let last: string | null = null
    const finish = (): void => {
      forget()
      limit.cancel()
    }
    const limit = runtime.clock.after(CONNECT_MS, () => {
      forget()
      reject(
        new CentrumError(
          'timeout',
          `the client '${id}' was not connected within ${CONNECT_MS} ms: ${last ?? 'no answer'}`,
        ),
      )
    })
    const forget = connection.onStatus((status, reason) => {
      last = reason
      if (status === 'connected') {
        finish()
        resolve(connection)
      } else if (status === 'closed') {
        finish()
        reject(new CentrumError(reason ?? 'stopped', `the client '${id}' was refused: ${reason ?? 'it was closed'}`))
      }
    })
  })
}
