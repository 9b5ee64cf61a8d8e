/*-------------------------------------------------------------------------
 *
 * feature_usage.c
 *	  go_fact_feature_usage.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "facts/fact.h"
#include "facts/fact_row.h"

static void
usage_check(ZgPass *pass, ZgRow *row, ZgBroken *broken)
{
	if (!row->nulls[USAGE_COUNT] && DatumGetInt32(row->values[USAGE_COUNT]) < 0)
		zg_break(broken, ZG_RULE_COUNT_NEGATIVE);
	if (!row->nulls[USAGE_MEETING])
		zg_resolve_meeting(pass, row, USAGE_MEETING, broken);
}

static int32
usage_resolve(ZgPass *pass, ZgRow *row, ZgBroken *broken)
{
	(void) row;
	(void) broken;
	return pass->meeting == NULL ? -1 : pass->meeting->host;
}

static void
keep_detail(ZgPass *pass, ZgRow *row, int32 ordinal)
{
	Datum		values[6];
	bool		nulls[6];

	zg_put_ordinal(values, nulls, 0, ordinal);
	zg_put_text(values, nulls, 1, pass->meeting == NULL ? NULL : pass->meeting->topic);
	zg_put(values, nulls, 2, row, USAGE_FEATURE);
	zg_put(values, nulls, 3, row, USAGE_COUNT);
	zg_put(values, nulls, 4, row, USAGE_DATE);
	zg_put_text(values, nulls, 5, row->source_system);
	zg_diff_row(pass->detail, values, nulls);
}

static void
usage_emit(ZgPass *pass, ZgRow *row, int32 ordinal)
{
	Datum		values[5];
	bool		nulls[5];
	ZgMember   *feature = zg_see_member(pass, row);

	zg_put_text(values, nulls, 0, pass->meeting == NULL ? NULL : pass->meeting->topic);
	zg_put(values, nulls, 1, row, USAGE_FEATURE);
	zg_put(values, nulls, 2, row, USAGE_COUNT);
	zg_put(values, nulls, 3, row, USAGE_DATE);
	zg_put_text(values, nulls, 4, row->source_system);
	zg_put_fact(pass, row, values, nulls);
	keep_detail(pass, row, ordinal);
	if (DatumGetInt32(row->values[USAGE_COUNT]) > 0)
		zg_partials_add(pass->partials, row->day, row->day, feature, 0, ordinal,
						row->source_system);
}

const ZgFact zg_fact_feature_usage = {
	.step = ZG_STEP_FACT_FEATURE,
	.target = {
		.schema = "gold",.table = "go_fact_feature_usage",.ncolumns = 5,
		.columns = {"meeting_topic", "feature_name", "usage_count", "usage_date", "source_system"},
		.pair_columns = 1 << 0 | 1 << 1 | 1 << 3
	},
	.detail = {
		.schema = "gold_state",.table = "feature_detail",.undated = true,.ncolumns = 6,
		.columns = {"ordinal", "meeting_topic", "feature_name", "usage_count", "usage_date", "source_system"},
		.pair_columns = 1 << 1 | 1 << 2 | 1 << 4
	},
	.dimension = ZG_DIM_FEATURE,
	.member_column = USAGE_FEATURE,
	.prepare = zg_prepare_meetings,
	.check = usage_check,
	.resolve = usage_resolve,
	.emit = usage_emit,
};
