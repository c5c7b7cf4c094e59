/** More seeds that are run with all tests. */
import { seedsFrom, testSeeds } from './seed-tests.js'

testSeeds(seedsFrom(26, 48, [26, 33]))
