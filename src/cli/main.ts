#!/usr/bin/env node
/**
 * The `centrum` command: finds the command that is meant, runs it, and ends the process with its exit code. Commands import masters and
 * stores when they start one: help, keys and words about a wrong option do not wait for four hundred modules.
 */
import { readFileSync } from 'node:fs'
import { closestName, didYouMean } from '../options/closest-name.js'
import { backCommand } from './back-command.js'
import { clusterCommand } from './cluster-command.js'
import type { Command, Surroundings } from './command.js'
import { devCommand } from './dev-command.js'
import { frontCommand } from './front-command.js'
import { commandHelp, limitsHelp, overviewHelp } from './help.js'
import { initCommand } from './init-command.js'
import { inspectCommand } from './inspect-command.js'
import { keyCommand } from './key-command.js'
import { storeCommand } from './store-command.js'
import { processTerminal } from './terminal.js'
import { commandEndingOf, EXIT_USAGE, UsageError } from './usage-error.js'

const COMMANDS: readonly Command[] = [
  devCommand,
  initCommand,
  backCommand,
  frontCommand,
  inspectCommand,
  keyCommand,
  storeCommand,
  clusterCommand,
]
const NAMES = COMMANDS.map(({ name }) => name)

const surroundings: Surroundings = { terminal: processTerminal(), environment: process.env }
const exitCode = await main(process.argv.slice(2), surroundings)
await surroundings.terminal.end(exitCode)

/** Resolves with the exit code. */
async function main(args: readonly string[], { terminal, environment }: Surroundings): Promise<number> {
  const [name = '', ...rest] = args
  const command = COMMANDS.find((candidate) => candidate.name === name)
  try {
    if (name === '') {
      terminal.complain(overviewHelp(COMMANDS))
      return EXIT_USAGE
    }
    if (['--version', '-v', 'version'].includes(name)) terminal.say(version())
    else if (['--help', '-h', 'help'].includes(name)) terminal.say(helpOn(rest))
    else if (command === undefined) throw unknownCommand(name)
    else if (asksForHelp(rest)) terminal.say(commandHelp(command))
    else return await command.run(rest, { terminal, environment })
    return 0
  } catch (error) {
    const { exitCode: code, text } = commandEndingOf(error)
    terminal.complain(`centrum${command === undefined ? '' : ` ${command.name}`}: ${text}`)
    if (code === EXIT_USAGE) terminal.complain(`More: centrum ${command === undefined ? '' : `${command.name} `}--help`)
    return code
  }
}

/** Help wins over whatever else stands there, also over what is wrong. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return args.slice(0, end < 0 ? args.length : end).some((arg) => arg === '--help' || arg === '-h')
}

function helpOn([topic]: readonly string[]): string {
  if (topic === undefined) return overviewHelp(COMMANDS)
  if (topic === 'limits') return limitsHelp(COMMANDS)
  const command = COMMANDS.find(({ name }) => name === topic)
  if (command !== undefined) return commandHelp(command)
  throw new UsageError(
    `There is no help topic '${topic}'. The topics are: ${[...NAMES, 'limits'].join(', ')}.${didYouMean(topic, NAMES)}`,
  )
}

function unknownCommand(name: string): UsageError {
  if (name.startsWith('-')) {
    return new UsageError(
      `The first argument must be a command, but it is '${name}'. Put the command first: centrum dev app.ts ${name}.`,
    )
  }
  if (/\.[cm]?[jt]sx?$/.test(name) && closestName(name, NAMES) === null) {
    return new UsageError(
      `The first argument must be a command, but it is '${name}'. Did you mean 'centrum dev ${name}'?`,
    )
  }
  return new UsageError(
    `There is no command '${name}'. The commands are: ${NAMES.join(', ')}.${didYouMean(name, NAMES)}`,
  )
}

function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly version: string
  }
  return manifest.version
}
