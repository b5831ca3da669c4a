/** Teardown: the exit status of a process. Whoever is told to stop, and has, has not failed. */
import * as Exit from "effect/Exit"
import * as Runtime from "effect/Runtime"

export const teardown: Runtime.Teardown = (exit, onExit) =>
  Runtime.defaultTeardown(exit, (status) => onExit(Exit.hasInterrupts(exit) ? 0 : status))
