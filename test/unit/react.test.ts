/** `centrum/react` with each React that it supports: the same tests, bundled with one or the other. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after } from 'node:test'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { inProject } from '../support/project-root.js'

const REACTS: readonly { readonly [name: string]: string }[] = [{}, { react: 'react-18', 'react-dom': 'react-dom-18' }]

// Within the project, so that what is not bundled is found.
mkdirSync(inProject('.tmp'), { recursive: true })
const folder = mkdtempSync(inProject('.tmp/react-'))
after(() => rmSync(folder, { recursive: true, force: true }))

for (const [index, alias] of REACTS.entries()) {
  const outfile = join(folder, `tests-${index}.mjs`)
  await build({
    entryPoints: [inProject('test/support/react-program.ts')],
    outfile,
    alias: { ...alias },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['happy-dom', 'pino', 'ws'],
    define: { 'process.env.NODE_ENV': '"development"' },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'silent',
  })
  const { reactTests } = (await import(pathToFileURL(outfile).href)) as { reactTests(): void }
  reactTests()
}
