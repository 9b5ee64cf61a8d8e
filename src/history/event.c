/*-------------------------------------------------------------------------
 *
 * event.c
 *	  Kept events of users and tickets: their layout, their hash, reading and
 *	  writing them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/text.h"
#include "common/hashfn.h"
#include "history/event.h"
#include "state/query.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

/* load_timestamp, update_timestamp, source_system */
#define NSTAMPS 3
#define LOAD_STAMP 0

#define MAX_COLUMNS (ZG_MAX_SILVER_COLUMNS + NSTAMPS + ZG_EVENT_NCOLUMNS)

/* What versions before 2.0 kept as an array or object is kept as text now. */
static void
make_scalar(JsonbValue *value)
{
	char	   *text = JsonbToCString(NULL, value->val.binary.data, value->val.binary.len);

	value->type = jbvString;
	value->val.string.val = text;

	value->val.string.len = strlen(text);
}

/*
 * Hash of the columns beyond the contract, those that hold something: so that
 * a column that is added changes no row until it is filled.
 */
static uint64
hash_extra(Jsonb *extra)
{
	JsonbIterator *iterator = JsonbIteratorInit(&extra->root);
	JsonbIteratorToken token;
	JsonbValue	value;
	uint64		hash = 0;
	uint64		name = 0;

	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		uint64		h = 0;

		if (token == WJB_KEY)
			name = hash_bytes_extended((unsigned char *) value.val.string.val,
									   value.val.string.len, 0);
		if (token != WJB_VALUE || value.type == jbvNull)
			continue;
		if (value.type == jbvBinary)
			make_scalar(&value);
		JsonbHashScalarValueExtended(&value, &h, 0);
		hash += hash_combine64(name, h);
	}
	return hash;
}

uint64
zg_raw_row_hash(const ZgSilver *silver, TupleTableSlot *slot, int extra_attnum, uint64 *bare)
{
	uint64		hash = 0;
	uint64		without = 0;
	uint64		h;

	slot_getallattrs(slot);
	for (int i = 0; i < silver->ncolumns + NSTAMPS; i++)
	{
		Datum		value = slot->tts_values[i];
		bool		is_text = i < silver->ncolumns ? silver->columns[i].type == TEXTOID :
		i == silver->ncolumns + 2;

		h = 1;
		if (!slot->tts_isnull[i] && is_text)
			h = zg_text_hash64(DatumGetTextPP(value));
		else if (!slot->tts_isnull[i])
			h = hash_bytes_extended((unsigned char *) &value, sizeof(value), 0);
		hash = hash_combine64(hash, h);
		if (i != silver->ncolumns + LOAD_STAMP)
			without = hash_combine64(without, h);
	}
	h = slot->tts_isnull[extra_attnum - 1] ? 0 :
		hash_extra(DatumGetJsonbP(slot->tts_values[extra_attnum - 1]));
	if (bare != NULL)
		*bare = hash_combine64(without, h);
	return hash_combine64(hash, h);
}

/*
 * A timestamp that no version can have, since none is open then, is taken to
 * be that of the capture.
 */
static TimestampTz
usable_instant(TimestampTz stated, TimestampTz captured_at)
{
	return stated > DT_NOBEGIN && stated < ZG_OPEN_END ? stated : captured_at;
}

void
zg_event_read(const ZgSilver *silver, const ZgRow *row, ZgEvent *event)
{
	MemSet(event, 0, sizeof(ZgEvent));
	event->ordinal = DatumGetInt32(zg_event_value(row, ZG_EVENT_ORDINAL));
	event->seq = DatumGetInt64(zg_event_value(row, ZG_EVENT_SEQ));
	event->tx = DatumGetInt64(zg_event_value(row, ZG_EVENT_TX));
	event->op = DatumGetChar(zg_event_value(row, ZG_EVENT_OP));
	event->captured_at = DatumGetTimestampTz(zg_event_value(row, ZG_EVENT_CAPTURED_AT));
	event->n = DatumGetInt32(zg_event_value(row, ZG_EVENT_N));
	event->version_at = usable_instant(row->version_at, event->captured_at);
	event->load_at = usable_instant(row->load_at, event->captured_at);
	event->deletion = row->deleted;
	event->deleted_at = row->deleted ? usable_instant(row->deleted_at, event->captured_at) : 0;
	event->row_hash = zg_raw_row_hash(silver, row->slot, zg_event_attnum(row, ZG_EVENT_EXTRA),
									  &event->bare_hash);
	event->tid = *(ItemPointer) DatumGetPointer(zg_event_value(row, ZG_EVENT_TID));
	event->load.value = row->slot->tts_values[silver->ncolumns + LOAD_STAMP];
	event->load.isnull = row->slot->tts_isnull[silver->ncolumns + LOAD_STAMP];
	event->rank = zg_row_hash(silver, row);
}

uint64
zg_event_deletion_hash(const ZgEvent *event)
{
	return hash_bytes_extended((const unsigned char *) &event->deleted_at, sizeof(event->deleted_at), 1);
}

/* The order of versions: of those in effect the newest is in force. */
int
zg_event_compare(const ZgEvent *a, const ZgEvent *b)
{
	int			cmp;

	if ((cmp = zg_compare_versions(a->version_at, a->load_at, b->version_at, b->load_at)) != 0 ||
		(cmp = zg_compare_int64(a->seq, b->seq)) != 0 ||
		(cmp = zg_compare_int64(a->n, b->n)) != 0 ||
		(cmp = (a->rank > b->rank) - (a->rank < b->rank)) != 0)
		return cmp;
	return (a->content > b->content) - (a->content < b->content);
}

void
zg_event_copy_row(const ZgSilver *silver, TupleTableSlot *slot, int extra_attnum, ZgRawEvent *event)
{
	int			n = silver->ncolumns + NSTAMPS + 1;
	struct varlena *texts[ZG_MAX_SILVER_COLUMNS + NSTAMPS + 1];
	Size		size = n * (sizeof(Datum) + sizeof(bool));
	char	   *place;

	for (int i = 0; i < n; i++)
	{
		int			c = i == n - 1 ? extra_attnum - 1 : i;
		bool		is_text = i >= n - 2 ||
		(i < silver->ncolumns && silver->columns[i].type == TEXTOID);

		texts[i] = slot->tts_isnull[c] || !is_text ? NULL :
			PG_DETOAST_DATUM_PACKED(slot->tts_values[c]);
		if (texts[i] != NULL)
			size += MAXALIGN(VARSIZE_ANY(texts[i]));
	}
	/* all in one piece: a transaction may hold millions */
	event->values = palloc(size);
	place = (char *) (event->values + n);
	for (int i = 0; i < n; i++)
	{
		int			c = i == n - 1 ? extra_attnum - 1 : i;

		event->values[i] = texts[i] == NULL ? slot->tts_values[c] : PointerGetDatum(place);
		if (texts[i] != NULL)
		{
			memcpy(place, texts[i], VARSIZE_ANY(texts[i]));
			place += MAXALIGN(VARSIZE_ANY(texts[i]));
		}
	}
	event->nulls = (bool *) place;
	for (int i = 0; i < n; i++)
		event->nulls[i] = slot->tts_isnull[i == n - 1 ? extra_attnum - 1 : i];
}

/* Does a name, raw, not make its row be rejected? */
static bool
is_usable_name(Datum raw, bool isnull)
{
	text	   *name = isnull ? NULL : zg_text_normalize(DatumGetTextPP(raw));

	return name != NULL && VARSIZE_ANY_EXHDR(name) <= ZG_MAX_VALUE_LENGTH;
}

ZgWriter *
zg_event_open(const ZgSilver *silver, const char *table)
{
	static const char *const stamps[NSTAMPS] = {"load_timestamp", "update_timestamp", "source_system"};
	static const char *const own[ZG_EVENT_NCOLUMNS] = {
		[ZG_EVENT_ORDINAL] = "ordinal",
		[ZG_EVENT_SEQ] = "seq",
		[ZG_EVENT_TX] = "tx",
		[ZG_EVENT_OP] = "op",
		[ZG_EVENT_CAPTURED_AT] = "captured_at",
		[ZG_EVENT_EXTRA] = "extra",
		[ZG_EVENT_N] = "n",
	};
	const char *columns[MAX_COLUMNS];
	ZgWriter   *writer;
	int			n = 0;

	for (int i = 0; i < silver->ncolumns; i++)
		columns[n++] = silver->columns[i].name;
	for (int i = 0; i < NSTAMPS; i++)
		columns[n++] = stamps[i];
	for (int i = 0; i < ZG_EVENT_NCOLUMNS; i++)
		columns[n++] = own[i];
	writer = zg_writer_open(zg_table_oid("gold_state", table), columns, n);
	zg_writer_defer_indexes(writer);
	return writer;
}

/*
 * Take what is personal out of the row of a forgotten user, as forget_user()
 * has done with the others: rejected ones have no name.
 */
static void
forget_profile(Datum *values, bool *nulls, int32 ordinal)
{
	nulls[USER_NAME] = !is_usable_name(values[USER_NAME], nulls[USER_NAME]);
	values[USER_NAME] = CStringGetTextDatum(psprintf("Forgotten user %d", ordinal));
	nulls[USER_EMAIL] = true;
}

/* What is left of a forgotten user's further columns: a deletion's instant. */
static bool
forget_extra(Datum *extra)
{
	JsonbParseState *state = NULL;
	JsonbValue	key = {.type = jbvString};
	JsonbValue *deleted_at;

	key.val.string.val = "deleted_at";
	key.val.string.len = strlen(key.val.string.val);
	deleted_at = findJsonbValueFromContainer(&DatumGetJsonbP(*extra)->root, JB_FOBJECT, &key);
	if (deleted_at == NULL)
		return false;
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	pushJsonbValue(&state, WJB_KEY, &key);
	pushJsonbValue(&state, WJB_VALUE, deleted_at);
	*extra = JsonbPGetDatum(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL)));
	return true;
}

void
zg_event_write(ZgWriter *writer, const ZgSilver *silver, int32 ordinal, bool forgotten,
			   const ZgRawEvent *event)
{
	int			n = silver->ncolumns + NSTAMPS;
	Datum		values[MAX_COLUMNS];
	bool		nulls[MAX_COLUMNS] = {false};
	Datum	   *own = values + n;

	own[ZG_EVENT_ORDINAL] = Int32GetDatum(ordinal);
	own[ZG_EVENT_SEQ] = Int64GetDatum(event->seq);
	own[ZG_EVENT_TX] = Int64GetDatum(event->tx);
	own[ZG_EVENT_OP] = CharGetDatum(event->op);
	own[ZG_EVENT_CAPTURED_AT] = TimestampTzGetDatum(event->captured_at);
	own[ZG_EVENT_N] = Int32GetDatum(event->n);
	if (event->values == NULL)
	{
		memset(nulls, true, n * sizeof(bool));
		nulls[n + ZG_EVENT_EXTRA] = true;
	}
	else
	{
		memcpy(values, event->values, n * sizeof(Datum));
		memcpy(nulls, event->nulls, n * sizeof(bool));
		own[ZG_EVENT_EXTRA] = event->values[n];
		nulls[n + ZG_EVENT_EXTRA] = event->nulls[n] || (forgotten && !forget_extra(&own[ZG_EVENT_EXTRA]));
		if (forgotten)
			forget_profile(values, nulls, ordinal);
	}
	zg_writer_insert(writer, values, nulls);
}
