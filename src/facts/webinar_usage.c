/*-------------------------------------------------------------------------
 *
 * webinar_usage.c
 *	  go_fact_webinar_usage.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "facts/fact.h"
#include "facts/fact_row.h"
#include "utils/timestamp.h"

static void
webinar_check(ZgPass *pass, ZgRow *row, ZgBroken *broken)
{
	(void) pass;
	if (!row->nulls[WEBINAR_START] && !row->nulls[WEBINAR_END] &&
		DatumGetTimestampTz(row->values[WEBINAR_END]) < DatumGetTimestampTz(row->values[WEBINAR_START]))
		zg_break(broken, ZG_RULE_END_BEFORE_START);
	if (!row->nulls[WEBINAR_REGISTRANTS] && DatumGetInt32(row->values[WEBINAR_REGISTRANTS]) < 0)
		zg_break(broken, ZG_RULE_REGISTRANTS_NEGATIVE);
}

static int32
webinar_resolve(ZgPass *pass, ZgRow *row, ZgBroken *broken)
{
	zg_check_reuse(pass, row, broken);
	return zg_resolve_user(pass, row, WEBINAR_HOST, ZG_RULE_HOST_MISSING,
						   ZG_RULE_HOST_UNKNOWN, broken);
}

static const ZgDetailColumns detail_columns = {
	WEBINAR_ID, WEBINAR_TOPIC, WEBINAR_START, WEBINAR_END, WEBINAR_REGISTRANTS
};

static void
webinar_emit(ZgPass *pass, ZgRow *row, int32 ordinal)
{
	Datum		values[5];
	bool		nulls[5];

	zg_see_member(pass, row);
	zg_put(values, nulls, 0, row, WEBINAR_TOPIC);
	zg_put(values, nulls, 1, row, WEBINAR_START);
	zg_put(values, nulls, 2, row, WEBINAR_END);
	zg_put(values, nulls, 3, row, WEBINAR_REGISTRANTS);
	zg_put_text(values, nulls, 4, row->source_system);
	zg_put_fact(pass, row, values, nulls);
	zg_put_detail(pass, row, &detail_columns, ordinal);
}

const ZgFact zg_fact_webinar_usage = {
	.step = ZG_STEP_FACT_WEBINAR,
	.target = {
		.schema = "gold",.table = "go_fact_webinar_usage",.ncolumns = 5,
		.columns = {"webinar_topic", "start_time", "end_time", "registrants", "source_system"},
		.pair_columns = 1 << 0 | 1 << 1
	},
	.detail = {
		.schema = "gold_state",.table = "webinar_detail",.undated = true,.ncolumns = 7,
		.columns = {"webinar_id", "ordinal", "webinar_topic", "start_time", "end_time",
		"registrants", "source_system"},
		.pair_columns = 1 << 0
	},
	.dimension = ZG_DIM_WEBINAR,
	.member_column = WEBINAR_TOPIC,
	.prepare = zg_prepare_users,
	.check = webinar_check,
	.resolve = webinar_resolve,
	.emit = webinar_emit,
};
