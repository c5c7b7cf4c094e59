/** `centrum key`: a fresh secret for a cluster. */
import { freshKey } from '../runtime/fresh-key.js'
import { nodeRuntime } from '../runtime/node-runtime.js'
import { defineCommand } from './command.js'

export const keyCommand = defineCommand(
  {
    name: 'key',
    summary: 'make a secret for a cluster',
    usage: '',
    description: [
      'Prints a new key of 32 random bytes, as 43 characters that need no quoting. Give the same key to all backs and fronts of a cluster, and keep it secret.',
    ],
    examples: [['export CENTRUM_KEY="$(centrum key)"', 'for the backs and fronts started from this shell']],
    takes: null,
    options: {},
    limits: {},
  },
  async ({ terminal }) => {
    terminal.say(freshKey(nodeRuntime({ logLevel: 'silent' }).random))
    return 0
  },
)
