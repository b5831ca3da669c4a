/**
 * Health: whether this process can serve. A program or a bus that lags makes it degraded, and it still serves.
 */
import * as Readiness from "@finance/core/telemetry/Readiness"

export const readiness = Readiness.of([Readiness.database, Readiness.migrations, Readiness.relay, Readiness.processors])
