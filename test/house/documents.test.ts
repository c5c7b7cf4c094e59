/** Every link between documents leads somewhere, and every block of TypeScript in them type-checks as it stands. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { anchorsOf, codeFiles, documents, linksOf } from '../support/documents.js'
import { assertNone } from '../support/findings.js'
import { inProject } from '../support/project-root.js'

const run = promisify(execFile)

test('links of documents lead to files and headings that are there', () => {
  const dead = documents().flatMap((document) =>
    linksOf(document)
      .filter(
        ({ path, anchor }) =>
          !existsSync(inProject(path)) || (anchor !== '' && path.endsWith('.md') && !anchorsOf(path).has(anchor)),
      )
      .map(({ text }) => `${document}: ${text}`),
  )
  assertNone(dead, 'Links that lead nowhere:')
})

test('the TypeScript of documents type-checks', async () => {
  mkdirSync(inProject('.tmp'), { recursive: true })
  // Within the project, where the package is known by its name.
  const folder = mkdtempSync(inProject('.tmp', 'documents-'))
  try {
    for (const document of documents().filter((path) => path === 'README.md' || path.startsWith('docs/'))) {
      for (const [name, code] of codeFiles(document)) {
        const path = join(folder, document.replace(/\.md$/, ''), name)
        mkdirSync(dirname(path), { recursive: true })
        // A module, whatever it imports.
        writeFileSync(path, `${code}\nexport {}\n`)
      }
    }
    const compilerOptions = {
      target: 'es2022',
      lib: ['es2023', 'esnext.disposable', 'dom', 'dom.iterable'],
      module: 'nodenext',
      types: ['node'],
      strict: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: true,
      noEmit: true,
      jsx: 'react-jsx',
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['.'] }))
    const tsc = inProject('node_modules/typescript/bin/tsc')
    const output = await run(process.execPath, [tsc, '-p', folder, '--singleThreaded']).then(
      () => '',
      (error: { stdout?: string }) => error.stdout ?? 'tsc failed',
    )
    assert.equal(output, '', 'Blocks that do not type-check')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
