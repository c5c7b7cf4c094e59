/**
 * Runs one benchmark: `node --import tsx bench/run.ts link`. Each is a file of this folder with a default export that is called
 * with the remaining arguments.
 */
import { readdirSync } from 'node:fs'

const [name = '', ...rest] = process.argv.slice(2)
const names = readdirSync(import.meta.dirname ?? new URL('.', import.meta.url).pathname)
  .filter((file) => /^[a-z-]+\.ts$/.test(file) && file !== 'run.ts')
  .map((file) => file.slice(0, -3))
if (!names.includes(name)) {
  process.stderr.write(`There is no benchmark '${name}': choose one of ${names.join(', ')}.\n`)
  process.exitCode = 1
} else {
  const { default: run } = (await import(`./${name}.ts`)) as { default: (args: readonly string[]) => Promise<void> }
  await run(rest)
}
