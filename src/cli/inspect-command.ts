/** `centrum inspect`: a page that shows what is in a cluster and what happens in its channels, in this process. */
import { TEXTS } from '../options/option-kinds.js'
import { FRONT_OPTIONS } from '../run/role-options.js'
import { APP_ARGUMENT, defineCommand } from './command.js'
import { appAndCluster, ROLE_OPTIONS, runtimeOf } from './role-options.js'
import { serve } from './serve.js'

const INSPECTOR_PORT = 8079

export const inspectCommand = defineCommand(
  {
    name: 'inspect',
    summary: 'show channels, their states and what arrives in them on a page, for development',
    usage: '<app> --id <name> --cluster <file> [--front <url>]',
    description: [
      'Serves a page on this machine that shows the open channels of a cluster, the state of one as a tree that changes live, its patches and events, and a form that sends what the app declares, with a network as good or bad as you like.',
      'It is a front of its own and shows all state to whoever reaches its port: for development only. A channel that is looked at counts as linked, so that its ticks go on. `centrum dev` runs one.',
    ],
    examples: [
      [
        'centrum inspect app.ts --id inspector --cluster cluster.json --front http://127.0.0.1:8080',
        'on http://127.0.0.1:8079',
      ],
    ],
    takes: APP_ARGUMENT,
    options: {
      id: {
        ...FRONT_OPTIONS.id,
        required: 'Give it a name that no other master of the cluster has, such as front-1.',
      },
      ...ROLE_OPTIONS,
      port: { ...FRONT_OPTIONS.port, default: INSPECTOR_PORT, description: 'The port of the page. 0: any free one.' },
      front: {
        ...TEXTS,
        value: 'url',
        description: 'Where clients of the app connect: what the form of the page offers.',
      },
    },
    limits: {},
  },
  async ({ argument: file, values, ...surroundings }) => {
    const runtime = runtimeOf(values)
    const start = async () => {
      const { app, cluster, endCluster } = await appAndCluster(file, values, runtime)
      const { startInspector } = await import('../inspector/start-inspector.js')
      const inspector = await startInspector(app, { ...values, fronts: values.front, cluster, runtime })
      return { where: inspector.url, close: () => inspector.close().then(endCluster) }
    }
    return serve(start, { ...surroundings, runtime })
  },
)
