import * as Schema from "effect/Schema"
import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import { AnomalyType } from "@finance/core/anomalies/Anomaly"
import { Day } from "@finance/core/ledger/Day"
import { Id, Limit, Moment, Page } from "./Field.ts"
import { Authorization, Idempotency, Problems, Strictness } from "./Middleware.ts"
import { NotFound } from "./Problem.ts"
import { ToldExplanation } from "./Transactions.ts"

const AnomalyStatus = Schema.Literals(["open", "dismissed"])

export const Anomaly = Schema.Struct({
  id: Schema.String,
  transaction_id: Schema.String,
  anomaly_type: AnomalyType,
  /** How surprising it is, 0 to 1. */
  anomaly_score: Schema.Number,
  explanation: ToldExplanation,
  /** The transactions it was compared with. */
  evidence: Schema.Array(Schema.String),
  /** Found in a line that was old when it came: listed, and nobody is told. */
  late: Schema.Boolean,
  status: AnomalyStatus,
  detected_at: Moment
})
export type Anomaly = typeof Anomaly.Type

export class Anomalies extends HttpApiGroup.make("anomalies")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: {
        status: Schema.optionalKey(AnomalyStatus),
        anomaly_type: Schema.optionalKey(AnomalyType),
        from: Schema.optionalKey(Day),
        to: Schema.optionalKey(Day),
        page: Schema.optionalKey(Page),
        limit: Schema.optionalKey(Limit(100))
      },
      success: Schema.Array(Anomaly)
    }),
    HttpApiEndpoint.post("dismiss", "/:id/dismiss", { params: { id: Id }, success: Anomaly, error: NotFound })
  )
  .middleware(Strictness)
  .middleware(Idempotency)
  .middleware(Authorization)
  .middleware(Problems)
  .prefix("/anomalies") {}
