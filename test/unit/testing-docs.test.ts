/** What docs/testing.md shows is typed and runs. A block that begins with a file's name begins that file; others go on with it. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { transform } from 'esbuild'
import { NO_FAULTS } from '../../src/testing/faults.js'
import { ownExecArgv, ownFile } from '../support/own-file.js'
import { inProject, projectRoot } from '../support/project-root.js'

const run = promisify(execFile)
const text = readFileSync(inProject('docs/testing.md'), 'utf8')
const files = new Map<string, string>()
let folder = ''

before(async () => {
  let current = ''
  for (const [, block = ''] of text.matchAll(/^```ts\n(.*?)^```$/gms)) {
    current = /^\/\/ (\S+\.ts)$/m.exec(block.slice(0, block.indexOf('\n')))?.[1] ?? current
    files.set(current, `${files.get(current) ?? ''}${block}\n`)
  }
  folder = mkdtempSync(join(tmpdir(), 'centrum-testing-docs-'))
  mkdirSync(join(folder, 'typed'))
  for (const [name, content] of files) {
    // As it stands for the compiler, with addresses for Node.
    writeFileSync(join(folder, 'typed', name), content)
    const resolved = content
      .replaceAll("'centrum/testing'", `'${pathToFileURL(ownFile('src/testing/index.ts')).href}'`)
      .replaceAll("'centrum'", `'${pathToFileURL(ownFile('src/index.ts')).href}'`)
    const { code } = await transform(resolved, { loader: 'ts', target: 'node20' })
    writeFileSync(join(folder, name.replace(/ts$/, 'js')), code)
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
})
after(() => rmSync(folder, { recursive: true, force: true }))

test('the examples run', async () => {
  const tests = [...files.keys()].filter((name) => name.endsWith('.test.ts'))
  assert.deepEqual(tests, ['counter.test.ts', 'trouble.test.ts', 'logs.test.ts'])
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  // In one process, since each takes a while to start.
  writeFileSync(join(folder, 'all.js'), tests.map((name) => `import './${name.replace(/ts$/, 'js')}'\n`).join(''))
  const { stdout } = await run(process.execPath, [...ownExecArgv, join(folder, 'all.js')], {
    cwd: projectRoot,
    env,
  }).catch((error: Error & { stdout?: string }) => assert.fail(`${error.stdout}${error.message}`))
  assert.match(stdout, /(#|ℹ) pass 8\n/)
})

test('the examples are typed', async () => {
  const config = {
    extends: inProject('tsconfig.json'),
    compilerOptions: {
      noEmit: true,
      composite: false,
      typeRoots: [inProject('node_modules/@types')],
      paths: { centrum: [inProject('src/index.ts')], 'centrum/testing': [inProject('src/testing/index.ts')] },
    },
    include: ['./*.ts'],
  }
  writeFileSync(join(folder, 'typed', 'package.json'), '{ "type": "module" }')
  writeFileSync(join(folder, 'typed', 'tsconfig.json'), JSON.stringify(config))
  const tsc = inProject('node_modules/typescript/bin/tsc')
  await run(process.execPath, [tsc, '-p', join(folder, 'typed')]).catch((error: Error & { stdout?: string }) => {
    const own = (error.stdout ?? error.message).split('\n').filter((line) => /(counter|trouble|logs)/.test(line))
    assert.deepEqual(own, [])
  })
})

test('each fault is there with its default', () => {
  const rows = [...text.matchAll(/^\| (`[^|]+`) \| ([^|]+) \|/gm)].flatMap(([, names = '', values = '']) => {
    const given = values.split(/, /).map((value) => Number(value.replaceAll(',', '')))
    return [...names.matchAll(/`(\w+)`/g)].map(([, name = ''], index): [string, number | undefined] => [
      name,
      given[index],
    ])
  })
  const told = Object.fromEntries(rows.filter(([name]) => name in NO_FAULTS))
  assert.deepEqual(told, NO_FAULTS)
})
