/** `centrum back`: one back master of a cluster in this process. */
import { BACK_OPTIONS } from '../run/role-options.js'
import { APP_ARGUMENT, defineCommand } from './command.js'
import { BACK_LIMIT_OPTIONS } from './limit-options.js'
import { appAndCluster, expectId, ROLE_OPTIONS, runtimeOf } from './role-options.js'
import { serve } from './serve.js'
import { STORE_URL_OPTION, storeOfRole } from './store-of-role.js'

export const backCommand = defineCommand(
  {
    name: 'back',
    summary: 'run a back, which owns channels, holds their state and runs their code',
    usage: '<app> --cluster <file or URL> [--id <name>]',
    description: [
      "Runs a back of a cluster. In a static cluster it listens for fronts at the address that the cluster's file lists for its id, and owns the channels listed there: start one process for each back of the file.",
      'In a dynamic cluster (--cluster is the URL of a database) backs find each other through the database, any number of them share the channels, and no id is needed. Fronts and other backs dial a back at the address it listens on, or at --advertise.',
      'On SIGTERM or SIGINT a back of a dynamic cluster hands over its channels. Then any back closes its channels and links, within --shutdown-ms, and ends with exit code 0. A second signal ends it at once.',
    ],
    examples: [
      ['centrum back app.ts --id back-1 --cluster cluster.json', 'the back that the file lists as back-1'],
      [
        'CENTRUM_KEY=… CENTRUM_ID=back-1 CENTRUM_CLUSTER=/etc/app/cluster.json centrum back dist/app.js',
        'the same in a container',
      ],
      [
        'centrum back app.ts --cluster postgres://db.internal/app --listen tcp://0.0.0.0:4100 --advertise tcp://10.0.0.5:4100',
        'one of any number of backs of a dynamic cluster',
      ],
      [
        'centrum back app.ts --id back-1 --cluster cluster.json --grace-ms 60000',
        'wait a minute for clients that lost contact',
      ],
    ],
    takes: APP_ARGUMENT,
    options: {
      id: BACK_OPTIONS.id,
      ...ROLE_OPTIONS,
      listen: BACK_OPTIONS.listen,
      advertise: BACK_OPTIONS.advertise,
      channels: BACK_OPTIONS.channels,
      weight: BACK_OPTIONS.weight,
      capacity: BACK_OPTIONS.capacity,
      adminPort: BACK_OPTIONS.adminPort,
      adminHost: BACK_OPTIONS.adminHost,
      store: STORE_URL_OPTION,
      keepOnRestart: BACK_OPTIONS.keepOnRestart,
      storedDiffers: BACK_OPTIONS.storedDiffers,
    },
    limits: BACK_LIMIT_OPTIONS.options,
  },
  async ({ argument: file, values, limits, ...surroundings }) => {
    const runtime = runtimeOf(values)
    const start = async () => {
      const { id, listen, advertise, channels, weight, capacity, adminPort, adminHost, keepOnRestart, storedDiffers } =
        values
      expectId(id, values, "Give the id of one of the cluster's backs, such as back-1.")
      const { app, cluster, endCluster } = await appAndCluster(file, values, runtime)
      const store = id && (await storeOfRole(app, { ...values, id }, runtime, surroundings.environment))
      const place = { id, listen, advertise, weight, capacity, ...(channels.length > 0 && { channels }) }
      const { startBack } = await import('../run/start-back.js')
      const back = await startBack(app, {
        ...place,
        adminPort,
        adminHost,
        cluster,
        runtime,
        store: store || undefined,
        keepOnRestart,
        storedDiffers,
        ...BACK_LIMIT_OPTIONS.grouped(limits),
      })
      const close = async (): Promise<void> => {
        await back.close()
        await endCluster()
      }
      return { where: back.address, drain: () => back.drain(), close, handlers: () => back.inspect().handlers }
    }
    return serve(start, { ...surroundings, runtime })
  },
)
