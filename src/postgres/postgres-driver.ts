/** The `pg` package, as far as it is used: an optional peer, so that nobody installs it without need. Knows nothing of what is stored. */
import { CentrumError } from '../protocol/errors.js'

export type PostgresValue =
  | string
  | number
  | boolean
  | Uint8Array
  | null
  | readonly (string | number | boolean | Uint8Array | null)[]
export type PostgresRow = Readonly<Record<string, unknown>>

export interface PostgresResult {
  readonly rows: readonly PostgresRow[]
  readonly rowCount: number | null
}

export interface PostgresNotice {
  readonly code?: string
  readonly message?: string
}

export interface PostgresNotification {
  readonly channel: string
  readonly payload?: string
}

export interface PostgresClient {
  connect(): Promise<unknown>
  query(text: string, values?: readonly PostgresValue[]): Promise<PostgresResult>
  end(): Promise<void>
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'end', listener: () => void): unknown
  on(event: 'notice', listener: (notice: PostgresNotice) => void): unknown
  on(event: 'notification', listener: (notification: PostgresNotification) => void): unknown
  readonly processID?: number | null
  readonly connection: { readonly stream: { destroy(): unknown } }
}

export interface PostgresClientOptions {
  readonly connectionString: string
  readonly application_name: string
  readonly keepAlive: boolean
}

type ClientClass = new (options: PostgresClientOptions) => PostgresClient
interface PostgresModule {
  readonly default: { readonly Client: ClientClass }
}

const PACKAGE = 'pg'

/** Throws `store-driver-missing`. */
export async function postgresDriver(): Promise<ClientClass> {
  try {
    const { default: pg } = (await import(PACKAGE)) as PostgresModule
    return pg.Client
  } catch (error) {
    throw new CentrumError('store-driver-missing', 'postgresCluster needs the package pg. Run npm install pg.', {
      cause: error,
    })
  }
}
