/** `centrum back`: one back master of a cluster in this process. */
import { BACK_OPTIONS } from '../run/role-options.js'
import { startBack } from '../run/start-back.js'
import { APP_ARGUMENT, defineCommand } from './command.js'
import { BACK_LIMIT_OPTIONS } from './limit-options.js'
import { appAndCluster, ROLE_OPTIONS, runtimeOf } from './role-options.js'
import { serve } from './serve.js'
import { STORE_URL_OPTION, storeOfRole } from './store-of-role.js'

export const backCommand = defineCommand(
  {
    name: 'back',
    summary: 'run a back: it owns channels, holds their state and runs their code',
    usage: '<app> --id <name> --cluster <file>',
    description: [
      "Runs a back of a cluster. It listens for fronts on the address that the cluster's list has for its id, and owns the channels that the list gives it: start one process for each back of the list.",
      'SIGTERM or SIGINT closes its channels and links within --shutdown-ms and ends it with exit code 0; a second one ends it at once.',
    ],
    examples: [
      ['centrum back app.ts --id back-1 --cluster cluster.json', 'the back-1 of the list'],
      [
        'CENTRUM_KEY=… CENTRUM_ID=back-1 CENTRUM_CLUSTER=/etc/app/cluster.json centrum back dist/app.js',
        'the same in a container',
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
      adminPort: BACK_OPTIONS.adminPort,
      adminHost: BACK_OPTIONS.adminHost,
      store: STORE_URL_OPTION,
    },
    limits: BACK_LIMIT_OPTIONS.options,
  },
  async ({ argument: file, values, limits, ...surroundings }) => {
    const runtime = runtimeOf(values)
    const start = async () => {
      const { app, cluster } = await appAndCluster(file, values)
      const store = storeOfRole(app, values, runtime, surroundings.environment)
      const { id, adminPort, adminHost } = values
      const back = await startBack(app, {
        id,
        adminPort,
        adminHost,
        cluster,
        runtime,
        store,
        ...BACK_LIMIT_OPTIONS.grouped(limits),
      })
      return { where: back.address, close: () => back.close(), handlers: () => back.inspect().handlers }
    }
    return serve(start, { ...surroundings, runtime })
  },
)
