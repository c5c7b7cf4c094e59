/** Which test files share a process, and in which order the processes begin: what takes longest first, so that all end together. */
import { existsSync, readdirSync } from 'node:fs'
import { inProject } from '../support/project-root.js'

const FOLDERS = ['house', 'types', 'unit', 'contract', 'simulation', 'system', 'e2e']
/** What needs a browser or a database, or starts many processes: steps of `npm run test:full`, and run by `npm test` where they are named. */
const NAMED_FOLDERS = ['browser', 'postgres', 'processes']

/** Prefixes of paths below test/, each of a process. A file belongs to the first that fits; one that none fits has a process of its own. */
const GROUPS: readonly string[] = [
  'browser/demo.test',
  'simulation/regressions',
  'e2e/cli-usage',
  'simulation/seeds',
  'e2e/cli',
  'postgres/living-killed',
  'system/thread',
  'system/',
  'types/',
  'simulation/',
  'e2e/',
  'browser/',
  'postgres/',
  'processes/durable',
  'processes/',
  'house/',
  'contract/',
  'unit/state',
  'unit/',
]

/** Paths of test files, those that share a process together. `words`: of each file's path one of them is a part, where there are any. */
export function testGroups(words: readonly string[]): string[][] {
  const groups: string[][] = GROUPS.map(() => [])
  for (const file of testFiles(words.length > 0)) {
    if (words.length > 0 && !words.some((word) => file.includes(word))) continue
    groups[GROUPS.findIndex((prefix) => file.startsWith(`test/${prefix}`))]?.push(file)
  }
  return groups.filter((files) => files.length > 0)
}

function testFiles(isNamed: boolean): string[] {
  const folders = isNamed ? [...FOLDERS, ...NAMED_FOLDERS] : FOLDERS
  return folders
    .filter((folder) => existsSync(inProject('test', folder)))
    .flatMap((folder) =>
      readdirSync(inProject('test', folder))
        .filter((name) => name.endsWith('.test.ts'))
        .sort()
        .map((name) => `test/${folder}/${name}`),
    )
}
