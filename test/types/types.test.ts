/**
 * The types as users meet them: what must compile and what must not, the messages of wrong programs, and all of it once
 * more against the built declarations.
 */

import assert from 'node:assert/strict'
import { cp, readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { addFiles, compile, configText, copyFixtures, createProject, removeProject, ROOT } from './compile.js'
import { WRONG_PROGRAMS } from './wrong-programs.js'

test('S13 S16: everything is inferred from the definition, and wrong programs get messages that name what is wrong', async (t) => {
  const programs = WRONG_PROGRAMS.map(({ text }, index) => [`wrong-${index}.ts`, text] as const)
  const directory = await createProject({
    ...Object.fromEntries(programs),
    'tsconfig.json': configText({}, ['*.ts', '../../test/types/fixtures/*.ts']),
  })
  t.after(() => removeProject(directory))
  const lines = await compile('-p', directory)

  await t.test('what must compile does, what must not does not', () => {
    const unexpected = lines.filter((line) => !line.startsWith('wrong-') && !line.startsWith(' '))
    assert.deepEqual(unexpected, [])
  })
  for (const [index, { title, message }] of WRONG_PROGRAMS.entries()) {
    await t.test(title, () => {
      const start = lines.findIndex((line) => line.startsWith(`wrong-${index}.ts(`))
      assert.notEqual(start, -1, 'it compiles')
      const rest = lines.slice(start + 1)
      const end = rest.findIndex((line) => !line.startsWith(' '))
      const said = [lines[start], ...rest.slice(0, end === -1 ? undefined : end)].join('\n')
      assert.match(said, message)
      assert.doesNotMatch(said, /\bany\b/)
    })
  }
})

test('S13: an app, and a client of its declarations, compile against the built package', async (t) => {
  const directory = await createProject({
    'tsconfig.json': configText({ noEmit: false, declaration: true, emitDeclarationOnly: true, outDir: 'out' }, [
      '*.ts',
    ]),
  })
  t.after(() => removeProject(directory))
  const installed = path.join(directory, 'node_modules/centrum')
  // Declarations alone, as `npm test` built them.
  await cp(path.join(ROOT, 'dist'), path.join(installed, 'dist'), {
    recursive: true,
    filter: (from) => !/\.(js|map)$/.test(from),
  })
  await cp(path.join(ROOT, 'package.json'), path.join(installed, 'package.json'))

  const shims = {
    'centrum.ts': "export * from 'centrum'",
    'centrum-client.ts': "export * from 'centrum/client'",
    'centrum-state.ts': "export * from 'centrum/state'",
    'centrum-react.ts': "export * from 'centrum/react'",
    'centrum-predict.ts': "export * from 'centrum/predict'",
  }
  await copyFixtures(directory)
  await addFiles(directory, shims)

  await t.test('the fixtures compile, and their declarations can be emitted', async () => {
    assert.deepEqual(await compile('-p', directory), [])
  })
  await t.test('no schema library is in the declarations of an app', async () => {
    for (const name of await readdir(path.join(directory, 'out'))) {
      const declarations = await readFile(path.join(directory, 'out', name), 'utf8')
      const imported = [...declarations.matchAll(/(?:from |import\()["']([^."'][^"']*)["']/g)].map(
        ([, module]) => module,
      )
      assert.deepEqual(
        imported.filter((module) => module !== 'centrum' && module !== 'react' && !module?.startsWith('centrum/')),
        [],
        name,
      )
    }
  })
  await t.test('a browser client compiles against the declarations alone', async () => {
    const client = path.join(directory, 'client')
    const types = { types: [], lib: ['es2022', 'dom'] }
    await addFiles(client, { ...shims, 'tsconfig.json': configText(types, ['*.ts']) })
    await cp(path.join(directory, 'out/app.d.ts'), path.join(client, 'app.d.ts'))
    await cp(path.join(directory, 'client.ts'), path.join(client, 'client.ts'))
    await cp(path.join(directory, 'equal.ts'), path.join(client, 'equal.ts'))
    assert.deepEqual(await compile('-p', client), [])
  })
})
