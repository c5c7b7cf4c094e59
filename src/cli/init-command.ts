/** `centrum init`: a new app in a new folder, with a page, a test and what it takes to run it elsewhere. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { didYouMean } from '../options/closest-name.js'
import { CHOICE, TEXT } from '../options/option-kinds.js'
import { type Argument, defineCommand } from './command.js'
import { copyTemplate } from './copy-template.js'
import { givenDependency, ownDependency } from './own-dependency.js'
import type { Terminal } from './terminal.js'
import { UsageError } from './usage-error.js'

/** Each is a folder of templates/. */
export const TEMPLATES = ['plain', 'react', 'vue', 'svelte', 'game'] as const
const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '')

const FOLDER: Argument = {
  shown: '<folder>',
  variable: 'CENTRUM_FOLDER',
  description: "The folder for the new app: a new or an empty one. Its name becomes the package's name.",
  noun: 'The folder',
  remedy: 'Name a new folder, such as my-app.',
}

export const initCommand = defineCommand(
  {
    name: 'init',
    summary: 'create a new app, ready to run, test and deploy',
    usage: '<folder>',
    description: [
      'Creates a new app in a new folder: TypeScript, a channel, a page that Vite serves and builds, a test on simulated time, a server for production, a Dockerfile and a workflow for continuous integration. It installs nothing: run npm install next.',
      'The app depends on the same package of centrum that this command belongs to. If that is a packed file (.tgz), the file is copied into the app.',
    ],
    examples: [
      ['centrum init my-app', 'a new app in my-app'],
      ['centrum init my-app --centrum ../centrum/centrum-0.1.0.tgz', 'with that package of centrum'],
    ],
    takes: FOLDER,
    options: {
      template: {
        ...CHOICE,
        choices: TEMPLATES,
        description: `The template to start from: ${TEMPLATES.join(', ')}. If not given, you are asked on a terminal; elsewhere it is plain.`,
      },
      centrum: {
        ...TEXT,
        value: 'spec',
        description:
          'The dependency on centrum: a path, or anything else npm accepts. If not given, the package that this command belongs to.',
      },
    },
    limits: {},
  },
  async ({ argument, values, terminal }) => {
    const folder = resolve(argument)
    const name = packageName(argument, folder)
    checkEmpty(argument, folder)
    const template = values.template ?? (await askFor(TEMPLATES, terminal))
    const version = (JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as { readonly version: string }).version
    const centrum = values.centrum === undefined ? ownDependency(ROOT, version) : givenDependency(values.centrum)
    copyTemplate({ from: `${ROOT}/templates/${template}`, to: folder, name, centrum })
    const shown = relative(process.cwd(), folder) || '.'
    terminal.say(
      [
        `Created ${name} in ${shown}. Next steps:`,
        '',
        ...(shown === '.' ? [] : [`  cd ${shown}`]),
        '  npm install',
        '  npm run dev      runs the app and its page, and restarts on change',
        '  npm test         runs its tests, on simulated time',
        '',
        'Its README.md has the rest.',
      ].join('\n'),
    )
    return 0
  },
)

function packageName(given: string, folder: string): string {
  const name = basename(folder)
  if (/^[a-z0-9][a-z0-9._-]{0,100}$/.test(name)) return name
  throw new UsageError(
    `The folder is '${given}', but its name becomes the package's name: use lower-case letters, digits, dots, dashes and underscores, such as my-app.`,
  )
}

function checkEmpty(given: string, folder: string): void {
  if (!existsSync(folder)) return
  const found = readdirSync(folder).filter((entry) => entry !== '.git')
  if (found.length > 0) {
    throw new UsageError(
      `The folder is '${given}', but it already contains ${found.slice(0, 3).join(', ')}. Name a new or an empty one.`,
    )
  }
}

/** The first where nobody sits at a terminal, and where there is no choice. */
async function askFor<T extends string>(choices: readonly [T, ...T[]], terminal: Terminal): Promise<T> {
  const [usual] = choices
  if (choices.length === 1) return usual
  for (;;) {
    const answer = await terminal.ask(`Template (${choices.join(', ')}) [${usual}]: `)
    if (answer === null || answer.trim() === '') return usual
    const choice = choices.find((each) => each === answer.trim())
    if (choice !== undefined) return choice
    terminal.complain(`There is no template '${answer.trim()}'.${didYouMean(answer, choices)}`)
  }
}
